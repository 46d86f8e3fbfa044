import { readdirSync, readFileSync } from 'node:fs'

const TICKS_PER_SECOND = 100

const statOf = (pid: number): readonly string[] | undefined => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The command may hold spaces and parentheses: fields are counted from the last ')'.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  } catch {
    // It ended meanwhile.
    return undefined
  }
}

/** The process and all that descend from it now. */
const treeOf = (root: number): readonly number[] => {
  const children = new Map<number, number[]>()
  for (const entry of readdirSync('/proc')) {
    const parent = /^\d+$/.test(entry) ? Number(statOf(Number(entry))?.[1] ?? -1) : -1
    if (parent > 0) children.set(parent, [...(children.get(parent) ?? []), Number(entry)])
  }
  const found = [root]
  for (let i = 0; i < found.length; i++) found.push(...(children.get(found[i]!) ?? []))
  return found
}

/** CPU seconds (user and system) of a process and its descendants, those that have ended included. Linux only. */
export const treeCpuSeconds = (root: number): number =>
  treeOf(root).reduce((sum, pid) => {
    const fields = statOf(pid)
    return fields === undefined ? sum : sum + [11, 12, 13, 14].reduce((ticks, at) => ticks + Number(fields[at]), 0)
  }, 0) / TICKS_PER_SECOND

const proportionalMiB = (pid: number): number => {
  try {
    return Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0) / 1024
  } catch {
    return 0
  }
}

/** The most memory that a process and its descendants held at once; what they share counts once. */
export const watchTree = (root: number, everyMs = 500) => {
  let peak = 0
  const timer = setInterval(() => {
    peak = Math.max(
      peak,
      treeOf(root).reduce((sum, pid) => sum + proportionalMiB(pid), 0),
    )
  }, everyMs)
  return {
    /** MiB since the last call. */
    takePeak: (): number => {
      const taken = peak
      peak = 0
      return taken
    },
    stop: (): void => clearInterval(timer),
  }
}
