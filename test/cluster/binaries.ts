import { existsSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { onPath, progress, run } from './command.ts'
import { withLock } from './lock.ts'
import { compilePackages, ensurePackages } from './packages.ts'
import { cache } from './paths.ts'

type Module = {
  readonly version: string
  readonly commands: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly flags: readonly string[]
  /** What Go calls a command whose folder is not named after it. */
  readonly goName?: string
}

const pure = { CGO_ENABLED: '0' }

const modules = {
  kubernetes: {
    version: 'v1.36.3',
    commands: ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kubelet', 'kube-proxy', 'kubectl'],
    env: pure,
    flags: [
      '-ldflags=-s -w -X k8s.io/component-base/version.gitVersion=v1.36.3 -X k8s.io/client-go/pkg/version.gitVersion=v1.36.3',
    ],
  },
  etcd: {
    // not Debian's, which is too old for lists that come as a watch
    version: 'v3.6.8',
    commands: ['etcd'],
    env: pure,
    flags: ['-ldflags=-s -w'],
    goName: 'server',
  },
  containerd: {
    version: 'v2.4.2',
    commands: ['containerd', 'containerd-shim-runc-v2', 'ctr'],
    env: pure,
    flags: [
      '-tags=no_btrfs no_devmapper no_zfs',
      '-ldflags=-s -w -X github.com/containerd/containerd/v2/version.Version=v2.4.2',
    ],
  },
  runc: {
    version: 'v1.5.2',
    commands: ['runc'],
    env: { CGO_ENABLED: '1' },
    flags: ['-tags=seccomp', '-ldflags=-s -w -X main.version=1.5.2'],
  },
  coredns: { version: 'v1.15.0', commands: ['coredns'], env: pure, flags: ['-ldflags=-s -w'] },
  kwok: { version: 'v0.8.0', commands: ['kwok'], env: pure, flags: ['-ldflags=-s -w'] },
  /** An S3 server over a directory, for tests of sources. */
  versitygw: { version: 'v1.8.0', commands: ['versitygw'], env: pure, flags: ['-ldflags=-s -w'] },
} as const satisfies Readonly<Record<string, Module>>

export type ModuleName = keyof typeof modules

export const controlPlaneModules: readonly ModuleName[] = ['kubernetes', 'etcd']
export const nodeModules: readonly ModuleName[] = ['kubernetes', 'etcd', 'containerd', 'runc', 'coredns']
export const everyModule: readonly ModuleName[] = [...nodeModules, 'kwok']

export function binariesOf(name: ModuleName): string {
  return join(cache, 'bin', `${name}-${modules[name].version}`)
}

export function binary(name: ModuleName, command: string): string {
  return join(binariesOf(name), command)
}

function isBuilt(name: ModuleName): boolean {
  return modules[name].commands.every((command) => existsSync(binary(name, command)))
}

/** Compiles what the cache lacks. The Go compiler uses every core by itself, so modules go one after another. */
export async function ensureBinaries(wanted: readonly ModuleName[]): Promise<void> {
  const missing = wanted.filter((name) => !isBuilt(name))
  if (missing.length === 0) return
  if (!(await onPath('go'))) {
    throw new Error(`cannot compile ${missing.join(', ')}: no Go toolchain; install Go 1.26 or newer and run again`)
  }
  await ensurePackages(compilePackages)
  for (const name of missing) {
    await withLock(join(cache, 'bin', `${name}.lock`), async () => {
      if (!isBuilt(name)) await build(name)
    })
  }
}

async function build(name: ModuleName): Promise<void> {
  const { version, flags, env, commands, goName }: Module = modules[name]
  progress(`compiling ${name} ${version} (minutes, once; cached in ${binariesOf(name)})`)
  const partial = `${binariesOf(name)}.partial`
  await mkdir(partial, { recursive: true })
  try {
    await run('nice', ['-n', '5', 'go', 'install', '-trimpath', ...flags, 'tool'], {
      cwd: join(import.meta.dirname, 'modules', name),
      env: { ...env, GOBIN: partial },
      show: true,
    })
  } catch (cause) {
    throw new Error(`${name} did not compile; what was compiled so far is kept, so run the same command again`, {
      cause,
    })
  }
  if (goName !== undefined) await rename(join(partial, goName), join(partial, commands[0] ?? goName))
  // Renamed whole, so that an interrupted compile never leaves half a set.
  await rm(binariesOf(name), { recursive: true, force: true })
  await rename(partial, binariesOf(name))
}
