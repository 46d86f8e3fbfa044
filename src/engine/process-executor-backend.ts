import { type ChildProcess, spawn } from 'node:child_process'
import type { Socket } from 'node:net'
import type { ExecutorBackend, ExecutorExit } from './backend.ts'

export interface ProcessBackendOptions {
  /** The program of an executor: src/main/executor.ts. */
  readonly script: string
  readonly env: Readonly<Record<string, string>>
}

export interface ProcessExecutorBackend extends ExecutorBackend {
  /** The process of a running executor. */
  pidOf(id: number): number | undefined
}

const GRACE_MS = 3000

/** Executors as child processes of the driver: embedded mode, tests, one machine. */
export const processExecutorBackend = (options: ProcessBackendOptions): ProcessExecutorBackend => {
  const children = new Map<number, ChildProcess>()
  const listeners: ((exit: ExecutorExit) => void)[] = []
  const end = (child: ChildProcess): Promise<void> =>
    new Promise((resolve) => {
      if (child.exitCode !== null || child.signalCode !== null) return resolve()
      const timer = setTimeout(() => child.kill('SIGKILL'), GRACE_MS)
      child.once('exit', () => {
        clearTimeout(timer)
        resolve()
      })
      child.kill('SIGTERM')
    })
  return {
    start: ({ id, driverUrl }) =>
      new Promise((resolve, reject) => {
        const child = spawn(process.execPath, [options.script], {
          // The pipe to its standard input tells the child when this process is gone, however it went.
          stdio: ['pipe', 'inherit', 'inherit'],
          env: {
            ...process.env,
            ...options.env,
            BELLOWS_DRIVER_URL: driverUrl,
            BELLOWS_EXECUTOR_ID: String(id),
            BELLOWS_PARENT_PIPE: '1',
          },
        })
        child.unref()
        ;(child.stdin as Socket | null)?.unref()
        child.once('error', reject)
        child.once('spawn', () => {
          children.set(id, child)
          resolve()
        })
        child.once('exit', (code, signal) => {
          if (!children.delete(id)) return
          const how = signal === null ? `exit code ${code}` : `signal ${signal}`
          for (const listener of listeners) listener({ id, message: `its process ended with ${how}` })
        })
        child.stdin?.on('error', () => {})
      }),
    stop: async (id) => {
      const child = children.get(id)
      children.delete(id)
      if (child) await end(child)
    },
    onExit: (listener) => {
      listeners.push(listener)
    },
    onNotice: () => {},
    pidOf: (id) => children.get(id)?.pid,
    close: async () => {
      const all = [...children.values()]
      children.clear()
      await Promise.all(all.map(end))
    },
  }
}
