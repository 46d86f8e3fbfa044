import { messageOf } from '../errors.ts'
import { ask } from '../http-client.ts'
import type { Log } from '../log.ts'
import { type Decommission, type MovedOutputs, PATHS } from '../protocol.ts'
import { sendOutput } from '../shuffle/move-outputs.ts'
import { type Peer, sendBlock } from '../storage/storage-client.ts'
import { pause } from './pause.ts'
import type { TaskProcess } from './task-process.ts'

export interface MoveOptions {
  readonly executor: number
  readonly driverUrl: string
  readonly token: string
  readonly process: TaskProcess
  /** Tasks that are at work here. */
  readonly running: () => number
  /** Milliseconds. */
  readonly time: number
  readonly reason: string
  readonly log: Log
}

/**
 * Leaves in peace: the driver sends no more tasks, those at work end, and meanwhile all blocks go to other executors,
 * which the driver is told. What is not moved within `time` is lost, and made again if it is needed.
 */
export const moveAway = async (options: MoveOptions): Promise<void> => {
  const { executor, process, log, time } = options
  const over = AbortSignal.timeout(time)
  const post = (path: string, body: Decommission | MovedOutputs) =>
    ask({ url: `${options.driverUrl}${path}`, method: 'POST', token: options.token, body, idleTimeout: 5000 })
  const { reason } = options
  const { peers } = (await post(PATHS.decommission, { executor, reason, done: false })) as {
    readonly peers: readonly Peer[]
  }
  const moved = new Set<string>()
  let turn = 0
  const round = async (): Promise<void> => {
    for (const output of process.shuffle.list()) {
      const name = `${output.shuffle}.${output.map}.${output.attempt}`
      if (over.aborted || moved.has(name)) continue
      moved.add(name)
      const peer = peers[turn++ % peers.length]
      if (peer === undefined) return
      try {
        await sendOutput(process.shuffle, output, peer, options.token)
        await post(PATHS.moved, { executor, outputs: [{ ...output, to: peer.executor }] })
      } catch (error) {
        log.warn(`map output ${name} was not moved: ${messageOf(error)}`)
      }
    }
    for (const { id, level } of process.storage.list()) {
      if (over.aborted || moved.has(id)) continue
      moved.add(id)
      const bytes = await process.storage.bytes(id)
      const peer = peers[turn++ % peers.length]
      if (bytes === undefined || peer === undefined) continue
      await sendBlock(peer, options.token, id, { ...level, replication: 1 }, bytes).catch((error: unknown) =>
        log.warn(`block ${id} was not moved: ${messageOf(error)}`),
      )
    }
  }
  for (;;) {
    const busy = options.running() > 0
    await round()
    if (!busy || over.aborted) break
    await pause(50, over)
  }
  log.info(`moved ${moved.size} blocks to ${peers.length} others`)
  await post(PATHS.decommission, { executor, reason, done: true })
}
