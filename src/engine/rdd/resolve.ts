import { userError } from '../errors.ts'
import { listFiles } from '../sources/list-files.ts'
import { HashPartitioner, type Partitioner } from './keys/partitioner.ts'
import { type Lineage, type Node, parentsOf, type Resolved, type ShuffleDependency } from './lineage.ts'
import { isCompressed } from './task/text-source.ts'

const NOTHING: Resolved = {
  partitions: 0,
  partitioner: undefined,
  shuffles: [],
  call: undefined,
  splits: [],
  groups: [],
}

/** Hadoop's local block size: no split is larger. */
const BLOCK = 32 << 20
/** A last split may be so much larger, as in Hadoop's FileInputFormat. */
const SLOP = 1.1

/** Finds out what an RDD's partitions are: lists files, asks parents. Throws EngineError where files are missing. */
export const resolveLineage = async (node: Node): Promise<Resolved> => {
  const { checkpointed } = node
  if (checkpointed?.kind === 'files') return { ...NOTHING, partitions: checkpointed.paths.length }
  if (checkpointed?.kind === 'local') return { ...NOTHING, partitions: checkpointed.partitions }
  const { lineage } = node
  const parents = await Promise.all(parentsOf(lineage).map((parent) => parent.resolved()))
  const first = parents[0] ?? NOTHING
  switch (lineage.kind) {
    case 'slices':
    case 'range':
      return { ...NOTHING, partitions: lineage.slices ?? (await node.parallelism()) }
    case 'text': {
      const splits = await textSplits(lineage.path, lineage.minPartitions ?? Math.min(2, await node.parallelism()))
      return { ...NOTHING, partitions: splits.length, splits }
    }
    case 'files': {
      const splits = await fileGroups(lineage.path, lineage.minPartitions ?? Math.min(2, await node.parallelism()))
      return { ...NOTHING, partitions: splits.length, splits }
    }
    case 'blocks': {
      const files = await listFiles(lineage.directory)
      const splits = files.map(({ path, bytes }) => [{ path, from: 0, to: bytes, bytes }])
      return { ...NOTHING, partitions: files.length, splits }
    }
    case 'step':
      return {
        ...NOTHING,
        partitions: first.partitions,
        partitioner: keepsKeys(lineage) ? first.partitioner : undefined,
      }
    case 'partition':
      return {
        ...NOTHING,
        partitions: first.partitions,
        partitioner: lineage.preservesPartitioning ? first.partitioner : undefined,
      }
    case 'builtin': {
      const partitioner = lineage.preservesPartitioning ? first.partitioner : undefined
      return { ...NOTHING, partitions: first.partitions, partitioner, call: await lineage.call() }
    }
    case 'union':
      return unionOf(parents)
    case 'coalesced': {
      const count = Math.min(lineage.count, first.partitions)
      const groups = Array.from({ length: count }, (_, i) => {
        const from = Math.floor((i * first.partitions) / count)
        const to = Math.floor(((i + 1) * first.partitions) / count)
        return Array.from({ length: to - from }, (_, each) => from + each)
      })
      return { ...NOTHING, partitions: count, groups }
    }
    case 'cartesian':
      return { ...NOTHING, partitions: first.partitions * (parents[1]?.partitions ?? 0) }
    case 'zip': {
      if (parents.some((parent) => parent.partitions !== first.partitions)) {
        const counts = parents.map((parent) => parent.partitions).join(', ')
        throw userError(`Can't zip RDDs with unequal numbers of partitions: List(${counts})`)
      }
      return { ...NOTHING, partitions: first.partitions }
    }
    case 'shuffled':
      return shuffledOf(node, lineage, first)
    case 'cogroup': {
      const partitioner = await lineage.partitioner()
      const shuffles = lineage.parents.map((parent, i) =>
        parents[i]?.partitioner?.equals(partitioner)
          ? undefined
          : dependency(parent, partitioner.numPartitions, partitioner, undefined, node.operator),
      )
      return { ...NOTHING, partitions: partitioner.numPartitions, partitioner, shuffles }
    }
  }
}

const keepsKeys = ({ step }: Lineage & { kind: 'step' }): boolean =>
  step === 'filter' || step === 'mapValues' || step === 'flatMapValues'

const dependency = (
  parent: Node,
  partitions: number,
  partitioner: Partitioner | undefined,
  combine: ShuffleDependency['combine'],
  operator: string,
): ShuffleDependency => ({ parent, partitions, partitioner, combine, operator })

const shuffledOf = async (node: Node, lineage: Lineage & { kind: 'shuffled' }, parent: Resolved): Promise<Resolved> => {
  const partitioner = await lineage.partitioner?.()
  const partitions = partitioner?.numPartitions ?? lineage.count ?? parent.partitions
  const asItIs = partitioner !== undefined && parent.partitioner?.equals(partitioner) === true
  const mapSide = lineage.mapSideCombine ? lineage.combine : undefined
  const shuffles = asItIs ? [undefined] : [dependency(lineage.parent, partitions, partitioner, mapSide, node.operator)]
  const combined = !asItIs && lineage.mapSideCombine
  const call =
    lineage.combine === undefined ? lineage.after : { name: 'combine', args: { ...lineage.combine, combined } }
  return { ...NOTHING, partitions, partitioner, shuffles, call }
}

const unionOf = (parents: readonly Resolved[]): Resolved => {
  const partitioner = parents[0]?.partitioner
  const aligned = partitioner !== undefined && parents.every((parent) => parent.partitioner?.equals(partitioner))
  if (aligned) return { ...NOTHING, partitions: partitioner.numPartitions, partitioner }
  return { ...NOTHING, partitions: parents.reduce((sum, parent) => sum + parent.partitions, 0) }
}

type Split = Resolved['splits'][number][number]

/** Splits by bytes, as Hadoop's FileInputFormat cuts them; a compressed file is one split. */
const textSplits = async (path: string, minPartitions: number): Promise<readonly (readonly Split[])[]> => {
  const files = await listFiles(path)
  const url = files.find((file) => /^https?:/.test(file.path))
  if (url !== undefined)
    throw userError(
      `textFile reads files that executors see, not ${url.path}: put it on a volume, or fetch it in a task`,
    )
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0)
  const size = Math.max(1, Math.min(Math.floor(total / Math.max(1, minPartitions)), BLOCK))
  return files.flatMap(({ path, bytes }) => {
    if (isCompressed(path) || bytes === 0) return [[{ path, from: 0, to: bytes, bytes }]]
    const splits: Split[][] = []
    let from = 0
    for (; (bytes - from) / size > SLOP; from += size) splits.push([{ path, from, to: from + size, bytes: size }])
    if (from < bytes) splits.push([{ path, from, to: bytes, bytes: bytes - from }])
    return splits
  })
}

/** Whole files, packed into about `minPartitions` groups by size. */
const fileGroups = async (path: string, minPartitions: number): Promise<readonly (readonly Split[])[]> => {
  const files = await listFiles(path)
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0)
  const most = Math.ceil(total / Math.max(1, minPartitions))
  const groups: Split[][] = []
  let room = 0
  for (const { path: file, bytes } of files) {
    const split = { path: file, from: 0, to: bytes, bytes }
    if (groups.length === 0 || bytes > room) {
      groups.push([split])
      room = most - bytes
    } else {
      groups.at(-1)!.push(split)
      room -= bytes
    }
  }
  return groups
}

/**
 * The partitioner that joins and by-key operators use when none is given: the widest one that a parent has, where it is
 * not far too narrow; else by hash. Source: Partitioner.defaultPartitioner.
 */
export const defaultPartitioner = async (
  parents: readonly Node[],
  defaultParallelism: number | undefined,
): Promise<Partitioner> => {
  const resolved = await Promise.all(parents.map((parent) => parent.resolved()))
  const most = Math.max(...resolved.map(({ partitions }) => partitions), 1)
  const count = defaultParallelism ?? most
  const widest = resolved
    .flatMap(({ partitioner }) => partitioner ?? [])
    .reduce<Partitioner | undefined>(
      (best, each) => (best && best.numPartitions >= each.numPartitions ? best : each),
      undefined,
    )
  if (widest !== undefined) {
    const eligible = Math.log10(most) - Math.log10(widest.numPartitions) < 1
    if (eligible || count < widest.numPartitions) return widest
  }
  return new HashPartitioner(count)
}
