import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { treeCpuSeconds, watchTree } from './process-tree.ts'

export interface Run {
  /** Wall time of the program, as its own process measured it. */
  readonly ms: number
  /** Of all its processes. */
  readonly cpuSeconds: number
  /** The most memory that all its processes held at once, MiB. */
  readonly peakMiB: number
  readonly answer: unknown
  /** Files of what did not fit into memory, where the peer tells them. */
  readonly spills?: number
}

export interface Peer {
  readonly name: string
  run(program: string, directory: string): Promise<Run>
  stop(): Promise<void>
}

/** A process that reads [program, directory] as lines of JSON and answers each with one; it is ready when this resolves. */
export const startPeer = async (
  name: string,
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Peer> => {
  const child: ChildProcess = spawn(command, args, {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
  })
  const ended = once(child, 'close')
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]()
  const line = async (): Promise<unknown> => {
    const { value, done } = await lines.next()
    if (done === true) throw new Error(`${name} ended: ${command} ${args.join(' ')}`)
    return JSON.parse(value)
  }
  await line()
  const root = child.pid!
  const watch = watchTree(root)
  return {
    name,
    run: async (program, directory) => {
      const before = treeCpuSeconds(root)
      watch.takePeak()
      child.stdin!.write(`${JSON.stringify([program, directory])}\n`)
      const told = (await line()) as Pick<Run, 'ms' | 'answer' | 'spills'>
      return { ...told, cpuSeconds: treeCpuSeconds(root) - before, peakMiB: watch.takePeak() }
    },
    stop: async () => {
      watch.stop()
      child.stdin!.end()
      await ended
    },
  }
}
