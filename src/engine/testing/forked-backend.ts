import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ExecutorBackend, ExecutorExit } from '../backend.ts'

const EXECUTOR = join(import.meta.dirname, '../../main/executor.ts')

export interface ForkedBackend extends ExecutorBackend {
  /** Kills the process of a running executor with SIGKILL; false where there is none. */
  kill(id: number): boolean
  /** Sends its process a signal: SIGTERM as a drained node does, SIGSTOP and SIGCONT to pause it. */
  signal(id: number, signal: 'SIGTERM' | 'SIGSTOP' | 'SIGCONT'): boolean
}

export interface ForkedOptions {
  /** SPARK_LOCAL_DIRS of an executor; the test's directory where it gives none. */
  readonly localDirectory?: (id: number) => string | undefined
  /** A command that runs the executor's in a place of its own, its arguments first: `ip netns exec …`. */
  readonly prefix?: (id: number) => readonly string[]
  /** The address by which others reach an executor; this machine's own where it gives none. */
  readonly host?: (id: number) => string
  /** Of each executor; 512 where nothing is said. */
  readonly memoryMiB?: number
}

/** Executors of tests in which a process must die: each a process of one core, with its files below `directory`. */
export const forkedBackend = (directory: string, token: string, options: ForkedOptions = {}): ForkedBackend => {
  const children = new Map<number, ChildProcess>()
  const exits: ((exit: ExecutorExit) => void)[] = []
  const confDirectory = join(directory, 'conf')
  const environment = {
    PATH: process.env.PATH,
    BELLOWS_CONF_DIR: confDirectory,
    BELLOWS_CORES: '1',
    BELLOWS_MEMORY_MIB: String(options.memoryMiB ?? 512),
    BELLOWS_MAX_DOWNLOAD_BYTES: '1000',
    BELLOWS_LOG_LEVEL: 'warn',
  }
  const stop = async (id: number): Promise<void> => {
    const child = children.get(id)
    children.delete(id)
    if (child === undefined) return
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }
  return {
    start: async ({ id, driverUrl }) => {
      await mkdir(confDirectory, { recursive: true })
      await writeFile(join(confDirectory, 'token'), token)
      const [command = process.execPath, ...args] = [...(options.prefix?.(id) ?? []), process.execPath, EXECUTOR]
      const host = options.host?.(id)
      const child = spawn(command, args, {
        stdio: ['ignore', 'inherit', 'inherit'],
        env: {
          ...environment,
          SPARK_LOCAL_DIRS: options.localDirectory?.(id) ?? directory,
          BELLOWS_DRIVER_URL: driverUrl,
          BELLOWS_EXECUTOR_ID: String(id),
          ...(host === undefined ? {} : { BELLOWS_POD_IP: host }),
        },
      })
      await once(child, 'spawn')
      children.set(id, child)
      child.once('exit', (code, signal) => {
        if (!children.delete(id)) return
        const message = `its process ended with ${signal === null ? `exit code ${code}` : `signal ${signal}`}`
        for (const listener of exits) listener({ id, message })
      })
    },
    stop,
    onExit: (listener) => {
      exits.push(listener)
    },
    onNotice: () => {},
    signal: (id, signal) => children.get(id)?.kill(signal) ?? false,
    kill: (id) => children.get(id)?.kill('SIGKILL') ?? false,
    close: async () => {
      await Promise.all([...children.keys()].map(stop))
    },
  }
}
