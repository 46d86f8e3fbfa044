import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'

export interface ProcessSpec {
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly cwd: string
  /** Standard output and error go here, in the order they are written. */
  readonly logFile: string
}

export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** A running process that leads a process group of its own. */
export interface ContainerProcess {
  readonly pid: number
  readonly exited: Promise<Exit>
  /** To the whole group. Nothing happens where it is gone. */
  signal(name: NodeJS.Signals): void
}

/** Rejects with the system's error (ENOENT, EACCES) where it cannot start. */
export const startProcess = (spec: ProcessSpec): Promise<ContainerProcess> =>
  new Promise((resolve, reject) => {
    const log = openSync(spec.logFile, 'a', 0o600)
    const [file = '', ...args] = spec.argv
    const child = spawn(file, args, {
      cwd: spec.cwd,
      env: spec.env,
      detached: true,
      stdio: ['ignore', log, log],
    })
    closeSync(log)
    const exited = new Promise<Exit>((done) => {
      child.once('exit', (code, signal) => {
        // What the container's first process leaves behind dies with it, as in a PID namespace.
        signalGroup(child.pid, 'SIGKILL')
        done({ code, signal })
      })
    })
    child.once('error', reject)
    child.once('spawn', () => {
      const pid = child.pid!
      resolve({ pid, exited, signal: (name) => signalGroup(pid, name) })
    })
  })

export const signalGroup = (group: number | undefined, signal: NodeJS.Signals): void => {
  if (group === undefined || group <= 1) return
  try {
    process.kill(-group, signal)
  } catch (error) {
    // macOS answers EPERM for a group of zombies.
    if (!['ESRCH', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
  }
}
