import { readFileSync } from 'node:fs'
import { userError } from '../../errors.ts'
import type { Unshipper } from '../closure/unshipper.ts'
import { decodeBlock, encodeBlock } from '../codec/block.ts'
import type { PlanOperator, StagePlan } from '../plan/stage-plan.ts'
import { readsOf, shuffleToken, sliceToken } from '../plan/stage-plan.ts'
import {
  BATCH,
  type Batches,
  BatchIterator,
  chained,
  drained,
  ofArray,
  ofArrays,
  ofIterable,
  pairsOf,
} from './batches.ts'
import { readBlockFile } from './block-file.ts'
import { BUILTINS } from './builtins.ts'
import { ExternalMap } from './external-map.ts'
import { fused } from './fuse.ts'
import type { PersistedCache } from './persisted-cache.ts'
import type { TaskContext } from './task-context.ts'
import { functionError } from './task-error.ts'
import { readText, wholeText } from './text-source.ts'

export interface OpenTask {
  readonly plan: StagePlan
  readonly unshipper: Unshipper
  readonly slices: Readonly<Record<string, string>>
  readonly context: TaskContext
  readonly cache: PersistedCache
  /** Ids of persisted blocks that this task made or found. */
  readonly persisted: string[]
}

const isAsync = (value: unknown): value is Promise<unknown> | AsyncIterable<unknown> =>
  typeof value === 'object' && value !== null && ('then' in value || Symbol.asyncIterator in value)

/** The elements of one partition of an operator. What needs to wait is waited for here; the batches come without. */
export const openOperator = async (task: OpenTask, id: number, partition: number): Promise<Batches> => {
  const operator = task.plan.operators[id]!
  const parents = async (): Promise<Batches[]> => {
    const opened: Batches[] = []
    for (const [parent, each] of readsOf(operator, partition)) opened.push(await openOperator(task, parent, each))
    return opened
  }
  switch (operator.op) {
    case 'slices': {
      const inline = task.slices[`${id}.${partition}`]
      if (inline !== undefined) return ofArray(decodeBlock(Buffer.from(inline, 'base64')))
      return chained(task.context.paths(sliceToken(id, partition)).map((path) => readBlockFile(path)))
    }
    case 'range':
      return rangeOf(operator, partition)
    case 'text':
      return chained(operator.splits[partition]!.map(readText))
    case 'files': {
      const read = (path: string): unknown => [
        path,
        operator.as === 'text' ? wholeText(path) : new Uint8Array(readFileSync(path)),
      ]
      return ofIterable(operator.groups[partition]!.values().map(read))
    }
    case 'blocks':
      return readBlockFile(operator.paths[partition]!)
    case 'steps': {
      const [parent] = await parents()
      const functions = operator.steps.map((step) =>
        step.fn === undefined ? undefined : task.unshipper.value(step.fn),
      )
      return fused(parent!, operator.steps, functions as never, partition)
    }
    case 'partition':
      return openPartitionFunction(task, operator, partition)
    case 'builtin': {
      const [parent] = await parents()
      const args = Object.fromEntries(
        Object.entries(operator.args).map(([key, value]) => [key, task.unshipper.value(value)]),
      )
      return BUILTINS[operator.name]!(parent!, args, task.context, partition)
    }
    case 'union':
    case 'coalesced':
    case 'aligned':
      return chained(await parents())
    case 'cartesian': {
      const [left, right] = await parents()
      return cartesian(left!, drained(right!))
    }
    case 'zip':
      return zipped(task, operator, await parents(), partition)
    case 'shuffled':
      return shuffleBlocks(task.context.paths(shuffleToken(id, partition)), operator.keyed)
    case 'cogroup':
      return cogrouped(task, await parents())
    case 'persisted':
      return openPersisted(task, operator, partition)
  }
}

const rangeOf = ({ start, step, count, slices }: PlanOperator & { op: 'range' }, partition: number): Batches => {
  let at = Math.floor((partition * count) / slices)
  const end = Math.floor(((partition + 1) * count) / slices)
  return {
    next: () => {
      if (at >= end) return undefined
      const batch = new Array<number>(Math.min(BATCH, end - at))
      for (let i = 0; i < batch.length; i++) batch[i] = start + (at + i) * step
      at += batch.length
      return batch
    },
  }
}

const openPartitionFunction = async (
  task: OpenTask,
  operator: PlanOperator & { op: 'partition' },
  partition: number,
): Promise<Batches> => {
  const parent = new BatchIterator(await openOperator(task, operator.parent, partition))
  const fn = task.unshipper.value(operator.fn) as (...given: readonly unknown[]) => unknown
  const guard = <T>(work: () => T): T => {
    try {
      return work()
    } catch (error) {
      throw functionError(error, operator.name, partition, Math.max(0, parent.taken - 1))
    }
  }
  const made = guard(() => (operator.withIndex ? fn(partition, parent) : fn(parent)))
  if (isAsync(made)) {
    try {
      const settled = await made
      if (!isAsync(settled)) return ofIterable(iterableOf(settled, operator.name))
      return ofArray(await Array.fromAsync(settled as AsyncIterable<unknown>))
    } catch (error) {
      throw functionError(error, operator.name, partition, Math.max(0, parent.taken - 1))
    }
  }
  const batches = ofIterable(iterableOf(made, operator.name))
  return { next: () => guard(() => batches.next()) }
}

const iterableOf = (value: unknown, name: string): Iterable<unknown> => {
  if (typeof value === 'object' && value !== null && Symbol.iterator in value) return value as Iterable<unknown>
  throw userError(
    `${name}: its function gives ${value === undefined ? 'nothing' : `a ${typeof value}`}, not an array or iterator`,
  )
}

function* productOf(left: Batches, right: readonly (readonly unknown[])[]): Generator<readonly unknown[]> {
  for (let batch = left.next(); batch !== undefined; batch = left.next()) {
    for (const one of batch) for (const other of right) yield other.map((each) => [one, each])
  }
}

const cartesian = (left: Batches, right: readonly (readonly unknown[])[]): Batches => ofArrays(productOf(left, right))

const zipped = (
  task: OpenTask,
  operator: PlanOperator & { op: 'zip' },
  parents: readonly Batches[],
  partition: number,
): Batches => {
  const iterators = parents.map((parent) => new BatchIterator(parent))
  if (operator.fn !== undefined) {
    const fn = task.unshipper.value(operator.fn) as (...given: readonly unknown[]) => unknown
    try {
      return ofIterable(iterableOf(fn(...iterators), 'zipPartitions'))
    } catch (error) {
      throw functionError(error, 'zipPartitions', partition)
    }
  }
  const [left, right] = iterators as [BatchIterator, BatchIterator]
  return ofIterable(
    (function* () {
      for (;;) {
        const one = left.next()
        const other = right.next()
        if (one.done !== other.done) throw userError('Can only zip RDDs with same number of elements in each partition')
        if (one.done) return
        yield [one.value, other.value]
      }
    })(),
  )
}

const shuffleBlocks = (paths: readonly string[], keyed: boolean): Batches => {
  const blocks = chained(paths.map((path) => readBlockFile(path)))
  return { ...blocks, keyed }
}

/** [key, lists of values, one a parent]. */
const cogrouped = (task: OpenTask, parents: readonly Batches[]): Batches => {
  const sides = parents.map((_, side) => ({
    create: (value: unknown): unknown[][] => parents.map((_, each) => (each === side ? [value] : [])),
    merge: (lists: unknown[][], value: unknown): unknown[][] => {
      lists[side]!.push(value)
      return lists
    },
  }))
  const mergeCombiners = (lists: unknown[][], others: unknown[][]): unknown[][] => {
    for (const [side, list] of lists.entries()) for (const value of others[side]!) list.push(value)
    return lists
  }
  if (sides[0] === undefined) throw new RangeError('a cogroup of nothing')
  const map = new ExternalMap({ ...sides[0], mergeCombiners, growing: true }, task.context.spilling)
  for (const [side, parent] of parents.entries()) {
    const next = pairsOf(parent)
    const { create, merge } = sides[side]!
    for (let pairs = next(); pairs !== undefined; pairs = next()) map.addValuesSpilling(pairs, create, merge)
  }
  return map.result()
}

/** From this thread's memory, from whoever holds the block, or computed and kept. */
const openPersisted = async (
  task: OpenTask,
  operator: PlanOperator & { op: 'persisted' },
  partition: number,
): Promise<Batches> => {
  const { rdd, level, parent } = operator
  const id = `rdd_${rdd}_${partition}`
  const here = task.cache.get(id)
  if (here !== undefined) {
    task.persisted.push(id)
    return ofArrays(here)
  }
  const bytes = await task.context.host.getBlock(id)
  if (bytes !== undefined) {
    task.persisted.push(id)
    const values = decodeBlock(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))
    if (level.memory && level.deserialized) task.cache.put(id, [values], bytes.length)
    return ofArray(values)
  }
  if (parent === undefined) {
    throw userError(
      `Checkpoint block ${id} not found! Either the executor that originally checkpointed this partition is no longer alive, ` +
        'or the original RDD is unpersisted; if this problem persists, use rdd.checkpoint(), which survives the loss of executors',
    )
  }
  const batches = drained(await openOperator(task, parent, partition))
  const encoded = encodeBlock(batches.length === 1 ? batches[0]! : batches.flat())
  await task.context.host.putBlock(id, level, encoded)
  if (level.memory && level.deserialized) task.cache.put(id, batches, encoded.length)
  task.persisted.push(id)
  return ofArrays(batches)
}
