import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

/** Bytes that a process tree holds and the system could not take back, by the pid of its first process. */
export type MemoryReader = (roots: readonly number[]) => Promise<ReadonlyMap<number, number>>

const read = (path: string): string => {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return '' // The process ended meanwhile.
  }
}

/** Anonymous and shared memory only: pages of files (programs, libraries) can be dropped and count for nobody. */
const anonymousBytes = (status: string): number => {
  let kilobytes = 0
  for (const match of status.matchAll(/^Rss(?:Anon|Shmem):\s+(\d+) kB$/gm)) kilobytes += Number(match[1])
  return kilobytes * 1024
}

const children = (pid: number): number[] => {
  let threads: string[]
  try {
    threads = readdirSync(`/proc/${pid}/task`)
  } catch {
    return []
  }
  return threads.flatMap((thread) =>
    read(`/proc/${pid}/task/${thread}/children`).split(' ').filter(Boolean).map(Number),
  )
}

export const linuxMemory: MemoryReader = async (roots) => {
  const treeBytes = (pid: number): number =>
    children(pid).reduce((sum, child) => sum + treeBytes(child), anonymousBytes(read(`/proc/${pid}/status`)))
  return new Map(roots.map((root) => [root, treeBytes(root)]))
}

/** Where there is no /proc: the resident size of the process group, shared pages included. */
export const psMemory: MemoryReader = (roots) =>
  new Promise((resolve, reject) => {
    execFile('ps', ['-A', '-o', 'pgid=,rss='], (error, stdout) => {
      if (error !== null) return reject(error)
      const sizes = new Map<number, number>()
      for (const line of stdout.trim().split('\n')) {
        const [group = 0, kilobytes = 0] = line.trim().split(/\s+/).map(Number)
        sizes.set(group, (sizes.get(group) ?? 0) + kilobytes * 1024)
      }
      resolve(new Map(roots.map((root) => [root, sizes.get(root) ?? 0])))
    })
  })

interface Limited {
  readonly limit: number
  readonly onOver: () => void
}

/** Looks at the memory of running containers again and again, and tells when one is over its limit. */
export class MemoryWatch {
  readonly #limited = new Map<number, Limited>()
  readonly #reader: MemoryReader
  readonly #everyMs: number
  #timer: NodeJS.Timeout | undefined

  constructor(everyMs: number, reader: MemoryReader = process.platform === 'linux' ? linuxMemory : psMemory) {
    this.#everyMs = everyMs
    this.#reader = reader
  }

  add(pid: number, limit: number, onOver: () => void): void {
    this.#limited.set(pid, { limit, onOver })
    this.#timer ??= setInterval(() => void this.#look(), this.#everyMs).unref()
  }

  remove(pid: number): void {
    this.#limited.delete(pid)
    if (this.#limited.size > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  async #look(): Promise<void> {
    const sizes = await this.#reader([...this.#limited.keys()]).catch(() => new Map<number, number>())
    for (const [pid, bytes] of sizes) {
      const entry = this.#limited.get(pid)
      if (entry !== undefined && bytes > entry.limit) entry.onOver()
    }
  }
}
