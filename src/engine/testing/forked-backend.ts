import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ExecutorBackend, ExecutorExit } from '../backend.ts'

const EXECUTOR = join(import.meta.dirname, '../../main/executor.ts')

export interface ForkedBackend extends ExecutorBackend {
  /** Kills the process of a running executor with SIGKILL; false where there is none. */
  kill(id: number): boolean
}

/** Executors of tests in which a process must die: each a process of one core, with its files below `directory`. */
export const forkedBackend = (directory: string, token: string): ForkedBackend => {
  const children = new Map<number, ChildProcess>()
  const exits: ((exit: ExecutorExit) => void)[] = []
  const confDirectory = join(directory, 'conf')
  const environment = {
    PATH: process.env.PATH,
    BELLOWS_CONF_DIR: confDirectory,
    BELLOWS_CORES: '1',
    BELLOWS_MEMORY_MIB: '512',
    BELLOWS_MAX_DOWNLOAD_BYTES: '1000',
    BELLOWS_LOG_LEVEL: 'warn',
    SPARK_LOCAL_DIRS: directory,
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
      const child = spawn(process.execPath, [EXECUTOR], {
        stdio: ['ignore', 'inherit', 'inherit'],
        env: { ...environment, BELLOWS_DRIVER_URL: driverUrl, BELLOWS_EXECUTOR_ID: String(id) },
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
    kill: (id) => children.get(id)?.kill('SIGKILL') ?? false,
    close: async () => {
      await Promise.all([...children.keys()].map(stop))
    },
  }
}
