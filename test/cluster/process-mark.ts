import { readFile } from 'node:fs/promises'

/** A process that can be told from a later one that was given the same id. */
export type ProcessMark = { readonly pid: number; readonly startTime: string }

export async function processMark(pid: number): Promise<ProcessMark> {
  const startTime = await startTimeOf(pid)
  if (startTime === undefined) throw new Error(`process ${pid} ended at once`)
  return { pid, startTime }
}

export async function isRunning(mark: ProcessMark): Promise<boolean> {
  return (await startTimeOf(mark.pid)) === mark.startTime
}

/** Kills and waits until it is gone; a process that only shares the id is left alone. */
export async function killMarked(mark: ProcessMark, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
  if (!(await isRunning(mark))) return
  process.kill(mark.pid, signal)
  while (await isRunning(mark)) await new Promise((resolve) => setTimeout(resolve, 20))
}

async function startTimeOf(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  // The command's name may hold blanks and brackets, so the fields are counted after its end.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')
  return fields === undefined || fields[0] === 'Z' ? undefined : fields[19]
}
