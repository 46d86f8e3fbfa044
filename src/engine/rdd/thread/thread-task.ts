import { readFileSync } from 'node:fs'
import { userError } from '../../errors.ts'
import type { AccumulatorV2 } from '../accumulator.ts'
import { Broadcast } from '../broadcast.ts'
import { Shipper } from '../closure/shipper.ts'
import { Unshipper } from '../closure/unshipper.ts'
import { decodeBlock, encodeBlock } from '../codec/block.ts'
import type { Partitioner } from '../keys/partitioner.ts'
import { broadcastToken, type PlanSink, type StagePlan, type TaskValue } from '../plan/stage-plan.ts'
import { type Batches, drained } from '../task/batches.ts'
import { BlockFile } from '../task/block-file.ts'
import type { PersistedCache } from '../task/persisted-cache.ts'
import { type OpenTask, openOperator } from '../task/run-task.ts'
import { writeShuffle } from '../task/shuffle-sink.ts'
import type { TaskHost } from '../task/task-context.ts'
import type { ThreadTask } from './messages.ts'

/** What a thread keeps from task to task. */
export interface ThreadState {
  readonly cache: PersistedCache
  readonly plans: Map<string, StagePlan>
  readonly broadcasts: Map<number, unknown>
}

export interface ThreadOutcome {
  readonly rows: number
  readonly value: TaskValue
  readonly shuffleRows: readonly number[]
}

const KEPT = 16

const remember = <K, V>(map: Map<K, V>, key: K, make: () => V): V => {
  const known = map.get(key)
  if (known !== undefined) return known
  const made = make()
  if (map.size >= KEPT) map.delete(map.keys().next().value as K)
  map.set(key, made)
  return made
}

/** What a broadcast's file holds: data in the compact form, or, with functions in it, as closures are sent. */
export const readBroadcast = (bytes: Buffer): Promise<unknown> | unknown => {
  if (bytes[0] === 0) return decodeBlock(bytes.subarray(1))[0]
  const { nodes, value } = JSON.parse(bytes.toString('utf8', 1))
  return Unshipper.open(nodes, {
    broadcast: () => {
      throw userError('a broadcast holds another broadcast')
    },
    accumulator: () => {},
  }).then((unshipper) => unshipper.value(value))
}

/** Runs one attempt of one task to its end. */
export const runThreadTask = async (task: ThreadTask, state: ThreadState, host: TaskHost): Promise<ThreadOutcome> => {
  const { payload } = task
  const paths = (token: string): readonly string[] => task.paths[token] ?? []
  const plan =
    typeof payload.plan === 'string'
      ? remember(state.plans, paths(payload.plan)[0] ?? '', () =>
          JSON.parse(readFileSync(paths(payload.plan as string)[0]!, 'utf8')),
        )
      : payload.plan
  for (const id of payload.broadcasts) {
    if (state.broadcasts.has(id)) continue
    const read = await readBroadcast(readFileSync(paths(broadcastToken(id))[0]!))
    remember(state.broadcasts, id, () => ({ value: read }))
  }
  const accumulators = new Map<number, AccumulatorV2<never, unknown>>()
  const unshipper = await Unshipper.open(plan.closures, {
    broadcast: (id) => {
      const { value } = state.broadcasts.get(id) as { value: unknown }
      const elsewhere = () => Promise.reject(userError('a broadcast is unpersisted and destroyed by the driver only'))
      return new Broadcast(id, { read: () => value, unpersist: elsewhere, destroy: elsewhere })
    },
    accumulator: (id, zero) => {
      const made = zero as AccumulatorV2<never, unknown>
      made.id = id
      made.atTask = true
      accumulators.set(id, made)
    },
  })
  let names = 0
  const open: OpenTask = {
    plan,
    unshipper,
    slices: payload.slices,
    cache: state.cache,
    persisted: [],
    context: {
      stage: task.stage,
      partition: payload.partition,
      attempt: task.attempt,
      executor: task.executor,
      paths,
      host,
      spilling: {
        budget: task.memory,
        directory: task.spillDirectory,
        nextName: () => `rdd-${task.stage}.${payload.partition}.${task.attempt}.${names++}`,
      },
    },
  }
  const batches = await openOperator(open, plan.root, payload.partition)
  const { rows, block, shuffleRows } = deliver(batches, plan.sink, task, open)
  const updates = accumulatorUpdates(accumulators)
  return {
    rows,
    shuffleRows,
    value: {
      executor: task.executor,
      ...(block === undefined ? {} : { block }),
      ...(updates === undefined ? {} : { accumulators: updates }),
      ...(open.persisted.length === 0 ? {} : { persisted: open.persisted }),
    },
  }
}

const deliver = (
  batches: Batches,
  sink: PlanSink,
  task: ThreadTask,
  open: OpenTask,
): { readonly rows: number; readonly block?: string; readonly shuffleRows: readonly number[] } => {
  switch (sink.kind) {
    case 'collect': {
      const file = new BlockFile(task.resultPath)
      try {
        for (let batch = batches.next(); batch !== undefined; batch = batches.next()) file.add(batch)
      } finally {
        file.close()
      }
      return { rows: file.rows, shuffleRows: [] }
    }
    case 'value': {
      const values = drained(batches).flat()
      return { rows: values.length, block: encodeBlock(values).toString('base64'), shuffleRows: [] }
    }
    case 'shuffle': {
      const { partitioner, combine } = sink
      const args = combine && Object.entries(combine).map(([key, value]) => [key, open.unshipper.value(value)])
      const shuffleRows = writeShuffle(
        batches,
        {
          partitions: sink.partitions,
          partitioner: partitioner === undefined ? undefined : (open.unshipper.value(partitioner) as Partitioner),
          combine: args && Object.fromEntries(args),
          paths: task.shufflePaths,
        },
        open.context,
      )
      return { rows: shuffleRows.reduce((sum, each) => sum + each, 0), shuffleRows }
    }
  }
}

const accumulatorUpdates = (
  accumulators: ReadonlyMap<number, AccumulatorV2<never, unknown>>,
): TaskValue['accumulators'] => {
  const used = [...accumulators].filter(([, each]) => !each.isZero())
  if (used.length === 0) return undefined
  return Object.fromEntries(
    used.map(([id, each]) => {
      const shipper = new Shipper({ warn: () => {}, moment: 'action' })
      // Only its fields go back: the driver has the class.
      const fields = Object.fromEntries(Object.entries(each))
      const value = shipper.ship(fields, 'accumulator')
      return [id, { nodes: shipper.nodes, value }]
    }),
  )
}
