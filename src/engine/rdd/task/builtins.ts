import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdirSync, openSync, statSync, unlinkSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { messageOf, userError } from '../../errors.ts'
import { type Comparator, naturalOrder, reversed } from '../keys/compare.ts'
import { StatCounter } from '../stat-counter.ts'
import {
  type Batches,
  BatchIterator,
  drained,
  mapBatches,
  ofArray,
  ofPairs,
  type PairColumns,
  pairsOf,
} from './batches.ts'
import { BlockFile } from './block-file.ts'
import { ExternalMap } from './external-map.ts'
import { sorted } from './external-sort.ts'
import { poisson, randomOf } from './random.ts'
import type { TaskContext } from './task-context.ts'
import { functionError } from './task-error.ts'
import { readText } from './text-source.ts'

// biome-ignore lint/suspicious/noExplicitAny: values of the program
type Args = Readonly<Record<string, any>>
type Builtin = (parent: Batches, args: Args, context: TaskContext, partition: number) => Batches | Promise<Batches>

const each = (parent: Batches, work: (value: never, index: number) => void): void => {
  let index = 0
  for (let batch = parent.next(); batch !== undefined; batch = parent.next()) {
    for (let i = 0; i < batch.length; i++) work(batch[i] as never, index++)
  }
}

const filtered = (parent: Batches, keep: (value: never) => boolean): Batches =>
  mapBatches(parent, (batch) => batch.filter((value) => keep(value as never)))

/** Calls a function of the program for each element, and says at which one it threw. */
const guarded = (name: string, parent: Batches, partition: number, work: (value: unknown) => void): void => {
  let at = 0
  let now: unknown
  try {
    each(parent, (value, index) => {
      at = index
      now = value
      work(value)
    })
  } catch (error) {
    throw functionError(error, name, partition, at, { value: now })
  }
}

const group = {
  create: (value: unknown) => [value],
  merge: (list: unknown[], value: unknown) => {
    list.push(value)
    return list
  },
  mergeCombiners: (list: unknown[], other: unknown[]) => {
    for (let i = 0; i < other.length; i++) list.push(other[i])
    return list
  },
  growing: true,
}

export const aggregatorOf = (args: Args): ConstructorParameters<typeof ExternalMap>[0] => {
  if (args.kind === 'group') return group
  if (args.kind === 'reduce')
    return { create: (value) => value, merge: args.merge, mergeCombiners: args.merge, growing: false }
  if (args.kind === 'distinct')
    return { create: () => null, merge: () => null, mergeCombiners: () => null, growing: false }
  if (args.kind === 'zero') {
    // Each key begins with a copy of its own, as the zero value of Spark does.
    const create = (value: unknown) => args.merge(structuredClone(args.zero), value)
    return { create, merge: args.merge, mergeCombiners: args.mergeCombiners, growing: false }
  }
  return { create: args.create, merge: args.merge, mergeCombiners: args.mergeCombiners, growing: false }
}

/** What a function threw while pairs were gathered, at which of them. */
export const gatherError = (
  error: unknown,
  name: string,
  partition: number,
  before: number,
  { progress: { at } }: ExternalMap,
  { keys, values }: PairColumns,
): Error => functionError(error, name, partition, before + at, { value: [keys[at], values[at]] })

const combine: Builtin = (parent, args, context, partition) => {
  const map = new ExternalMap(aggregatorOf(args), context.spilling)
  const next = pairsOf(parent)
  let before = 0
  for (let pairs = next(); pairs !== undefined; pairs = next()) {
    try {
      if (args.combined) map.addCombined(pairs)
      else map.addValuesSpilling(pairs)
    } catch (error) {
      throw gatherError(error, args.name, partition, before, map, pairs)
    }
    before += pairs.keys.length
  }
  return map.result()
}

const takeFirst: Builtin = (parent, { n }) => {
  let left: number = n
  return {
    next: () => {
      if (left <= 0) return undefined
      const batch = parent.next()
      if (batch === undefined) return undefined
      const part = batch.length > left ? batch.slice(0, left) : batch
      left -= part.length
      return part
    },
  }
}

/** The `n` smallest, in order. */
const smallest = (parent: Batches, n: number, order: Comparator<unknown>): unknown[] => {
  let kept: unknown[] = []
  let bound: { readonly value: unknown } | undefined
  const shrink = (): void => {
    kept = kept.sort(order).slice(0, n)
    bound = kept.length === n && n > 0 ? { value: kept[n - 1] } : undefined
  }
  each(parent, (value) => {
    if (bound !== undefined && order(value, bound.value) >= 0) return
    kept.push(value)
    if (kept.length >= Math.max(2 * n, 1024)) shrink()
  })
  shrink()
  return kept
}

type Sides = readonly [readonly unknown[], readonly unknown[]]

/** Of cogrouped pairs: each left value with each right one. */
const joined: Builtin = (parent, { keepLeft, keepRight }) => {
  const next = pairsOf(parent)
  return ofPairs(() => {
    const pairs = next()
    if (pairs === undefined) return undefined
    const keys: unknown[] = []
    const values: unknown[] = []
    for (let i = 0; i < pairs.keys.length; i++) {
      const [left, right] = pairs.values[i] as Sides
      const lefts = left.length === 0 && keepRight ? [undefined] : left
      const rights = right.length === 0 && keepLeft ? [undefined] : right
      for (let l = 0; l < lefts.length; l++) {
        for (let r = 0; r < rights.length; r++) {
          keys.push(pairs.keys[i])
          values.push([lefts[l], rights[r]])
        }
      }
    }
    return { keys, values }
  })
}

const pipe: Builtin = async (parent, { command, env, cwd }, context) => {
  const path = join(context.spilling.directory, context.spilling.nextName())
  const output = openSync(path, 'w')
  try {
    const child = spawn(command[0], command.slice(1), {
      stdio: ['pipe', output, 'pipe'],
      env: { ...process.env, ...env },
      cwd,
    })
    let complaint = ''
    child.stderr?.on('data', (text) => {
      complaint = `${complaint}${text}`.slice(-2000)
    })
    const ended = once(child, 'close')
    // A command that does not read its input is no fault.
    child.stdin?.on('error', () => {})
    for (let batch = parent.next(); batch !== undefined && child.exitCode === null; batch = parent.next()) {
      const more = child.stdin?.write(batch.map((line) => `${line}\n`).join(''))
      if (more === false) await Promise.race([once(child.stdin!, 'drain'), ended])
    }
    child.stdin?.end()
    const [code, signal] = (await ended) as [number | null, string | null]
    if (code !== 0) {
      const how = code === null ? `was ended by ${signal}` : `exited with status ${code}`
      throw userError(
        `pipe: Subprocess ${how}. Command ran: ${command.join(' ')}${complaint === '' ? '' : `; it said: ${complaint.trim()}`}`,
      )
    }
  } catch (error) {
    unlinkSync(path)
    throw (error as NodeJS.ErrnoException).code === 'ENOENT'
      ? userError(`pipe: there is no command ${command[0]} on this executor: ${messageOf(error)}`, error)
      : error
  } finally {
    closeSync(output)
  }
  return readText({ path, from: 0, to: statSync(path).size })
}

/** Into a directory of this attempt alone; the driver moves the file into place. */
const attemptFile = (context: TaskContext, directory: string, partition: number, extension: string): string => {
  const unique = `${context.stage}.${partition}.${context.attempt}.${process.pid}.${context.spilling.nextName()}`
  const folder = join(directory, '_temporary', unique)
  mkdirSync(folder, { recursive: true })
  return join(folder, `part-${String(partition).padStart(5, '0')}${extension}`)
}

const saveText: Builtin = (parent, { directory, gzip }, context, partition) => {
  const path = attemptFile(context, directory, partition, gzip ? '.gz' : '')
  if (gzip) {
    const lines = drained(parent).flat()
    writeFileSync(path, gzipSync(lines.map((line) => `${line}\n`).join('')))
    return ofArray([path])
  }
  const descriptor = openSync(path, 'w')
  try {
    for (let batch = parent.next(); batch !== undefined; batch = parent.next()) {
      const bytes = Buffer.from(batch.map((line) => `${line}\n`).join(''))
      for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at)
    }
  } finally {
    closeSync(descriptor)
  }
  return ofArray([path])
}

const saveBlocks: Builtin = (parent, { directory }, context, partition) => {
  const path = attemptFile(context, directory, partition, '')
  const file = new BlockFile(path)
  try {
    for (let batch = parent.next(); batch !== undefined; batch = parent.next()) file.add(batch)
  } finally {
    file.close()
  }
  return ofArray([path])
}

/** The bucket [bounds[i], bounds[i + 1]) of a value; the last one has its upper bound. -1: none. */
const bucketOf = (bounds: readonly number[], value: number): number => {
  const last = bounds.length - 1
  if (!(value >= bounds[0]! && value <= bounds[last]!)) return -1
  let low = 0
  let high = last
  while (low + 1 < high) {
    const middle = (low + high) >>> 1
    if (value >= bounds[middle]!) low = middle
    else high = middle
  }
  return low
}

/** Operators over whole partitions that the engine brings along; `args` are values of the program. */
export const BUILTINS: Readonly<Record<string, Builtin>> = {
  combine,
  take: takeFirst,
  pipe,
  saveText,
  saveBlocks,
  glom: (parent) => ofArray([drained(parent).flat()]),
  count: (parent) => {
    let count = 0
    for (let batch = parent.next(); batch !== undefined; batch = parent.next()) count += batch.length
    return ofArray([count])
  },
  reduce: (parent, { fn }, _, partition) => {
    let some = false
    let value: unknown
    guarded('reduce', parent, partition, (each) => {
      value = some ? fn(value, each) : each
      some = true
    })
    return ofArray(some ? [value] : [])
  },
  aggregate: (parent, { zero, fn, name }, _, partition) => {
    let value = zero
    guarded(name, parent, partition, (each) => {
      value = fn(value, each)
    })
    return ofArray([value])
  },
  foreach: (parent, { fn }, _, partition) => {
    guarded('foreach', parent, partition, (each) => fn(each))
    return ofArray([])
  },
  foreachPartition: async (parent, { fn }, _, partition) => {
    const iterator = new BatchIterator(parent)
    try {
      await fn(iterator)
    } catch (error) {
      throw functionError(error, 'foreachPartition', partition, Math.max(0, iterator.taken - 1))
    }
    return ofArray([])
  },
  smallest: (parent, { n, order, descending }) => {
    const wanted: Comparator<unknown> = order ?? naturalOrder
    return ofArray(smallest(parent, n, descending ? reversed(wanted) : wanted))
  },
  sort: (parent, { ascending, order }, context) => sorted(parent, ascending, order, context.spilling),
  zipIndex: (parent, { starts }, _, partition) => {
    let index: number = starts[partition]
    return mapBatches(parent, (batch) => batch.map((value) => [value, index++]))
  },
  zipUniqueId: (parent, { partitions }, _, partition) => {
    let index = partition
    return mapBatches(parent, (batch) =>
      batch.map((value) => {
        const id = index
        index += partitions
        return [value, id]
      }),
    )
  },
  sample: (parent, { withReplacement, fraction, seed }, _, partition) => {
    const random = randomOf(seed, partition)
    if (!withReplacement) return filtered(parent, () => random() < fraction)
    return mapBatches(parent, (batch) => batch.flatMap((value) => new Array(poisson(fraction, random)).fill(value)))
  },
  sampleByKey: (parent, { withReplacement, fractions, seed }, _, partition) => {
    const random = randomOf(seed, partition)
    const fractionOf = (pair: unknown): number => {
      const fraction: unknown = fractions.get((pair as [unknown])[0])
      if (typeof fraction !== 'number')
        throw userError(`sampleByKey: no fraction is given for the key ${String((pair as [unknown])[0])}`)
      return fraction
    }
    if (!withReplacement) return filtered(parent, (pair) => random() < fractionOf(pair))
    return mapBatches(parent, (batch) =>
      batch.flatMap((pair) => new Array(poisson(fractionOf(pair), random)).fill(pair)),
    )
  },
  between: (parent, { from, to, seed }, _, partition) => {
    const random = randomOf(seed, partition)
    return filtered(parent, () => {
      const at = random()
      return at >= from && at < to
    })
  },
  /** `n` elements, each as likely as any: those with the smallest random numbers, which come along. */
  reservoir: (parent, { n, seed }, _, partition) => {
    const random = randomOf(seed, partition)
    const numbered = mapBatches(parent, (batch) => batch.map((value) => [random(), value]))
    return ofArray(smallest(numbered, n, (a, b) => (a as [number])[0] - (b as [number])[0]))
  },
  /** Elements at the given positions of the partition, with them. */
  pick: (parent, { positions }, _, partition) => {
    const wanted: ReadonlySet<number> = new Set(positions[partition])
    const found: unknown[] = []
    each(parent, (value, index) => {
      if (wanted.has(index)) found.push([index, value])
    })
    return ofArray(found)
  },
  /** A sample of keys for range bounds: [count, keys]. Source: RangePartitioner.sketch. */
  sketch: (parent, { n, seed }, _, partition) => {
    const random = randomOf(seed, partition)
    const kept: unknown[] = []
    let count = 0
    const next = pairsOf(parent)
    for (let pairs = next(); pairs !== undefined; pairs = next()) {
      const { keys } = pairs
      for (let i = 0; i < keys.length; i++, count++) {
        const at = count < n ? count : Math.floor(random() * (count + 1))
        if (at < n) kept[at] = keys[i]
      }
    }
    return ofArray([[count, kept]])
  },
  join: joined,
  /** Of cogrouped pairs: the left values whose key the right side does not have. */
  subtract: (parent) =>
    mapBatches(parent, (batch) =>
      (batch as readonly [unknown, [unknown[], unknown[]]][]).flatMap(([key, [left, right]]) =>
        right.length === 0 ? left.map((value) => [key, value]) : [],
      ),
    ),
  /** Of cogrouped pairs: keys that both sides have. */
  intersect: (parent) =>
    mapBatches(parent, (batch) =>
      (batch as readonly [unknown, [unknown[], unknown[]]][]).flatMap(([key, [left, right]]) =>
        left.length > 0 && right.length > 0 ? [key] : [],
      ),
    ),
  stats: (parent) => {
    const values = function* (): Generator<number> {
      for (let batch = parent.next(); batch !== undefined; batch = parent.next()) yield* batch as readonly number[]
    }
    const { count, mean, m2, max, min } = StatCounter.of(values())
    return ofArray([[count, mean, m2, max, min]])
  },
  histogram: (parent, { bounds }) => {
    const counts = new Array<number>(bounds.length - 1).fill(0)
    each(parent, (value: number) => {
      const bucket = bucketOf(bounds, value)
      if (bucket >= 0) counts[bucket]!++
    })
    return ofArray([counts])
  },
  /** [partition mod n, element]: the levels of treeAggregate. */
  toLevel: (parent, { n }, _, partition) => mapBatches(parent, (batch) => batch.map((value) => [partition % n, value])),
}
