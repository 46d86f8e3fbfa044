import { type Lineage, type Node, parentsOf } from './lineage.ts'
import { describeLevel, StorageLevel, sameLevel } from './storage-level.ts'

/** The class that Spark computes the same with. */
const className = (lineage: Lineage): string => {
  switch (lineage.kind) {
    case 'slices':
    case 'range':
      return 'ParallelCollectionRDD'
    case 'text':
      return 'HadoopRDD'
    case 'files':
      return lineage.as === 'text' ? 'WholeTextFileRDD' : 'BinaryFileRDD'
    case 'blocks':
      return 'HadoopRDD'
    case 'step':
    case 'partition':
    case 'builtin':
      return 'MapPartitionsRDD'
    case 'union':
      return 'UnionRDD'
    case 'coalesced':
      return 'CoalescedRDD'
    case 'cartesian':
      return 'CartesianRDD'
    case 'zip':
      return 'ZippedPartitionsRDD2'
    case 'shuffled':
      return 'ShuffledRDD'
    case 'cogroup':
      return 'CoGroupedRDD'
  }
}

export const describeNode = (node: Node): string => {
  const { lineage } = node
  const name = node.name ?? ('path' in lineage ? lineage.path : undefined)
  const kind =
    node.checkpointed === undefined
      ? className(lineage)
      : node.checkpointed.kind === 'files'
        ? 'ReliableCheckpointRDD'
        : 'LocalCheckpointRDD'
  return `${name === undefined ? '' : `${name} `}${kind}[${node.id}] at ${node.operator} at ${node.callSite}`
}

/** The lineage as Spark's toDebugString draws it: a level deeper at each shuffle. Source: RDD.toDebugString. */
export const debugString = async (root: Node): Promise<string> => {
  const self = (node: Node): string => {
    const level = sameLevel(node.storageLevel, StorageLevel.NONE) ? '' : describeLevel(node.storageLevel)
    return `${describeNode(node)} [${level}]`
  }
  const partitions = async (node: Node): Promise<string> => `(${(await node.resolved()).partitions})`
  const under = (text: string): string => {
    const left = Math.floor((text.length - 1) / 2)
    return `${' '.repeat(left)}|${' '.repeat(text.length - left)}`
  }
  const children = async (node: Node, prefix: string): Promise<readonly string[]> => {
    if (node.checkpointed !== undefined) return []
    const parents = parentsOf(node.lineage)
    const { shuffles } = await node.resolved()
    const lines: string[] = []
    for (const [i, parent] of parents.entries()) {
      const last = i === parents.length - 1
      if (shuffles[i] === undefined) {
        lines.push(`${prefix}${self(parent)}`, ...(await children(parent, prefix)))
        continue
      }
      const count = await partitions(parent)
      const here = prefix.replace(/\|\s+$/, '')
      lines.push(`${here}+-${count} ${self(parent)}`)
      lines.push(...(await children(parent, `${here}${last ? '  ' : '| '}${under(count)}`)))
    }
    return lines
  }
  const count = await partitions(root)
  return [`${count} ${self(root)}`, ...(await children(root, under(count)))].join('\n')
}
