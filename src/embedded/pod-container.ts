import { mkdir, stat, writeFile } from 'node:fs/promises'
import { constants } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import type { Container, ContainerState, Pod } from '../kube/pod.ts'
import { containerCommand, type ImageRules } from './container-command.ts'
import { containerEnvironment, type Lookup } from './container-environment.ts'
import { fileTail } from './container-log.ts'
import type { Exit, ProcessSpec } from './container-process.ts'
import { expanded } from './expansion.ts'
import { type MappedPath, pathMap } from './path-map.ts'
import { mountedPaths, privateTemporary } from './pod-volumes.ts'
import { seconds } from './time.ts'

/** Source: kubelet, maximum sizes of termination messages. */
const MAX_MESSAGE = 4096
const MAX_LOG_LINES = 80
const MAX_LOG_BYTES = 2048

/** What processes may know of this machine: how to reach the network, nothing else of the environment. */
const INHERITED = [
  'PATH',
  'LANG',
  'TZ',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
  'http_proxy',
  'https_proxy',
  'no_proxy',
  'NODE_EXTRA_CA_CERTS',
  'NODE_USE_ENV_PROXY',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
]

export interface ContainerSetting extends ImageRules {
  /** What /opt/bellows means to Bellows' own image. */
  readonly repositoryRoot: string
  /** Where containers without workingDir run; undefined: in a directory of their own. */
  readonly workingDirectory: string | undefined
  /** Variables that every container gets unless its spec sets them. */
  readonly environment: (pod: Pod) => Readonly<Record<string, string>>
  readonly lookup: Lookup
}

export interface PreparedContainer {
  readonly process: ProcessSpec
  readonly terminationLog: string
}

/** Turns a container's spec into a process of this machine. Throws ContainerConfigError or ImageError. */
export const prepareContainer = async (
  pod: Pod,
  container: Container,
  directory: string,
  attempt: number,
  volumes: ReadonlyMap<string, string>,
  setting: ContainerSetting,
): Promise<PreparedContainer> => {
  const words = containerCommand(container, setting)
  const variables = containerEnvironment(pod, container, setting.lookup)
  const terminationLog = join(directory, `termination-log-${attempt}`)
  const home = join(directory, 'home')
  await mkdir(home, { recursive: true, mode: 0o700 })
  await writeFile(terminationLog, '', { mode: 0o600 })
  const all = await mountedPaths(container, volumes)
  const temporary = privateTemporary(pod, container)
  const mounts = all.filter(({ from }) => from !== temporary)
  const own: MappedPath[] = setting.isBellowsImage(container.image ?? '')
    ? [{ from: '/opt/bellows', to: setting.repositoryRoot }]
    : []
  const termination = { from: container.terminationMessagePath ?? '/dev/termination-log', to: terminationLog }
  const local = pathMap([...own, termination, ...mounts])
  const inherited = INHERITED.map((name) => [name, process.env[name]]).filter(([, value]) => value !== undefined)
  const env: Record<string, string> = {
    ...Object.fromEntries(inherited),
    HOSTNAME: pod.metadata.name,
    HOME: home,
    TMPDIR: all.find(({ from }) => from === temporary || from === '/tmp')?.to ?? home,
    ...setting.environment(pod),
    BELLOWS_TERMINATION_LOG: terminationLog,
    // Paths that stand inside a program cannot be replaced here: the engine looks them up in this table.
    BELLOWS_PATH_MAP: JSON.stringify(Object.fromEntries(mounts.map(({ from, to }) => [from, to]))),
    ...Object.fromEntries([...variables].map(([name, value]) => [name, local(value)])),
  }
  env.PATH = [dirname(setting.node), env.PATH].filter(Boolean).join(delimiter)
  // The node in front is a path of this machine: a volume mounted above it in the pod does not hide it.
  const argv = words.map((word, at) => (at === 0 && word === setting.node ? word : local(expanded(word, variables))))
  const logFile = join(directory, `${attempt}.log`)
  return {
    process: { argv, env, cwd: await workingDirectory(container, local, home, setting), logFile },
    terminationLog,
  }
}

const workingDirectory = async (
  container: Container,
  local: (text: string) => string,
  home: string,
  setting: ContainerSetting,
): Promise<string> => {
  const wanted = container.workingDir === undefined ? setting.workingDirectory : local(container.workingDir)
  if (wanted === undefined) return home
  if ((await stat(wanted).catch(() => undefined))?.isDirectory()) return wanted
  // A container runtime makes a working directory that the image lacks.
  const made = join(home, 'workdir')
  await mkdir(made, { recursive: true, mode: 0o700 })
  return made
}

/** How a process's end reads in a pod's status. Source: CRI and kubelet: a signal is exit code 128 + n. */
export const terminatedState = async (
  container: Container,
  prepared: PreparedContainer,
  exit: Exit,
  outOfMemory: boolean,
  startedAt: number,
  finishedAt: number,
): Promise<ContainerState> => {
  const exitCode = exit.signal === null ? (exit.code ?? 1) : 128 + constants.signals[exit.signal]
  const message = await terminationMessage(container, prepared, exitCode)
  return {
    terminated: {
      exitCode,
      reason: outOfMemory ? 'OOMKilled' : exitCode === 0 ? 'Completed' : 'Error',
      ...(message === '' ? {} : { message }),
      startedAt: seconds(startedAt),
      finishedAt: seconds(finishedAt),
    },
  }
}

const terminationMessage = async (
  container: Container,
  prepared: PreparedContainer,
  exitCode: number,
): Promise<string> => {
  const written = await fileTail(prepared.terminationLog, Number.POSITIVE_INFINITY, MAX_MESSAGE)
  if (written !== '' || exitCode === 0 || container.terminationMessagePolicy !== 'FallbackToLogsOnError') return written
  return await fileTail(prepared.process.logFile, MAX_LOG_LINES, MAX_LOG_BYTES)
}

/** A process that the system would not start, in containerd's words. */
export const startFailure = (argv: readonly string[], error: NodeJS.ErrnoException, now: number): ContainerState => {
  const why =
    error.code === 'ENOENT'
      ? argv[0]?.includes('/')
        ? 'no such file or directory'
        : 'executable file not found in $PATH'
      : error.code === 'EACCES'
        ? 'permission denied'
        : error.message
  return {
    terminated: {
      exitCode: 128,
      reason: 'StartError',
      message: `failed to create process: exec: ${JSON.stringify(argv[0] ?? '')}: ${why}`,
      startedAt: '1970-01-01T00:00:00Z',
      finishedAt: seconds(now),
    },
  }
}
