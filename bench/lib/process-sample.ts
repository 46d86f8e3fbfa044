import { readFileSync } from 'node:fs'

/** What a process has used so far. Linux only: read from /proc. */
export interface ProcessSample {
  /** User and system time, seconds. */
  readonly cpuSeconds: number
  readonly rssMiB: number
}

const TICKS_PER_SECOND = 100

export const sampleProcess = (pid: number): ProcessSample => {
  // The command may hold spaces and parentheses: fields are counted from the last ')'.
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return {
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND,
    rssMiB: Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024,
  }
}

/** Samples until stopped and keeps the peak of the memory. */
export const watchProcess = (pid: number, everyMs = 200) => {
  let peak = 0
  const timer = setInterval(() => {
    try {
      peak = Math.max(peak, sampleProcess(pid).rssMiB)
    } catch {
      clearInterval(timer)
    }
  }, everyMs)
  return {
    peakRssMiB: (): number => peak,
    stop: (): void => clearInterval(timer),
  }
}
