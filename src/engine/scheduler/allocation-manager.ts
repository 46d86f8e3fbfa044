import { messageOf } from '../errors.ts'
import type { Log } from '../log.ts'
import { type AllocationSettings, decideAllocation, initialAllocation } from './allocation.ts'
import type { ExecutorPool } from './executor-pool.ts'

export interface AllocationPort {
  readonly pool: ExecutorPool
  /** Tasks that wait and that run. */
  readonly load: () => { readonly pending: number; readonly running: number }
  readonly busy: (executor: number) => number
  readonly holdsShuffle: (executor: number) => boolean
  readonly holdsBlocks: (executor: number) => boolean
  readonly log: Log
  readonly now: () => number
}

const INTERVAL_MS = 100

/** Carries out dynamic allocation: looks every 100 ms, as Spark does. Ends with the function it gives. */
export const manageAllocation = (settings: AllocationSettings, port: AllocationPort): (() => void) => {
  const { pool } = port
  let state = initialAllocation(settings)
  const idleSince = new Map<number, number>()
  const look = (): void => {
    const now = port.now()
    const staying = pool.staying()
    for (const id of idleSince.keys()) if (pool.worker(id) === undefined) idleSince.delete(id)
    for (const { id } of staying) {
      if (port.busy(id) > 0) idleSince.delete(id)
      else if (!idleSince.has(id)) idleSince.set(id, now)
    }
    const executors = staying.map(({ id }) => ({
      id,
      idleSince: idleSince.get(id),
      holdsShuffle: port.holdsShuffle(id),
      holdsBlocks: port.holdsBlocks(id),
    }))
    const decision = decideAllocation(state, settings, { now, ...port.load(), executors })
    state = decision.state
    pool.want(state.target, decision.reason ?? 'dynamic allocation')
    for (const id of decision.remove) {
      const worker = pool.worker(id)
      if (worker === undefined || !pool.drain(id, 'idle')) continue
      // One that does not answer will miss its heartbeats.
      worker.leave().catch((error: unknown) => port.log.debug(`executor ${id}: ${messageOf(error)}`))
    }
  }
  const timer = setInterval(look, INTERVAL_MS)
  timer.unref()
  return () => clearInterval(timer)
}
