import type { StorageLevel } from '../../scheduler/task-body.ts'
import type { ShippedNode, ShippedValue } from '../closure/shipped.ts'

/** One operator on each element; `fn` where the operator takes one. */
export interface Step {
  readonly kind: 'map' | 'filter' | 'flatMap' | 'mapValues' | 'flatMapValues' | 'keyBy' | 'keys' | 'values' | 'withNull'
  readonly fn?: ShippedValue
}

/** A part of a text file: the lines whose first byte lies in [from, to). */
export interface TextSplit {
  readonly path: string
  readonly from: number
  readonly to: number
}

/** One RDD of the stage, as an executor computes it. Operators name each other by their number in the plan. */
export type PlanOperator =
  /** Rows of the program: in the task's payload, or in an input. */
  | { readonly op: 'slices' }
  | {
      readonly op: 'range'
      readonly start: number
      readonly step: number
      readonly count: number
      readonly slices: number
    }
  | { readonly op: 'text'; readonly splits: readonly (readonly TextSplit[])[] }
  | { readonly op: 'files'; readonly as: 'text' | 'bytes'; readonly groups: readonly (readonly string[])[] }
  /** Files of encoded chunks: saveAsObjectFile, checkpoint. */
  | { readonly op: 'blocks'; readonly paths: readonly string[] }
  | { readonly op: 'steps'; readonly parent: number; readonly steps: readonly Step[] }
  /** A function of the program over a whole partition: (index, iterator) → iterable. */
  | {
      readonly op: 'partition'
      readonly parent: number
      readonly name: string
      readonly fn: ShippedValue
      readonly withIndex: boolean
    }
  | {
      readonly op: 'builtin'
      readonly parent: number
      readonly name: string
      readonly args: Readonly<Record<string, ShippedValue>>
    }
  | { readonly op: 'union'; readonly parents: readonly number[]; readonly counts: readonly number[] }
  /** Parents of one partitioner: partition i is partition i of all. */
  | { readonly op: 'aligned'; readonly parents: readonly number[] }
  | { readonly op: 'coalesced'; readonly parent: number; readonly groups: readonly (readonly number[])[] }
  | { readonly op: 'cartesian'; readonly left: number; readonly right: number; readonly rightCount: number }
  | { readonly op: 'zip'; readonly parents: readonly number[]; readonly fn: ShippedValue | undefined }
  /** `keyed`: its elements are pairs. */
  | { readonly op: 'shuffled'; readonly keyed: boolean }
  | { readonly op: 'cogroup'; readonly parents: readonly number[] }
  | {
      readonly op: 'persisted'
      /** undefined: the blocks are all there is (localCheckpoint). */
      readonly parent: number | undefined
      readonly rdd: number
      readonly level: StorageLevel
    }

export type PlanSink =
  /** Elements are pairs where `partitioner` is set; else they are dealt out in turn. */
  | {
      readonly kind: 'shuffle'
      readonly partitions: number
      readonly partitioner: ShippedValue | undefined
      readonly combine: Readonly<Record<string, ShippedValue>> | undefined
    }
  | { readonly kind: 'collect' }
  | { readonly kind: 'value' }

/** What all tasks of a stage share. */
export interface StagePlan {
  readonly closures: readonly ShippedNode[]
  readonly operators: readonly PlanOperator[]
  readonly root: number
  readonly sink: PlanSink
}

/** `payload` of a TaskBody of kind `rdd`. */
export interface TaskPayload {
  /** The plan, or the token of the input that holds it as JSON. */
  readonly plan: StagePlan | string
  readonly partition: number
  /** Base64 blocks of slices by `<operator>.<partition>`. */
  readonly slices: Readonly<Record<string, string>>
  /** Tokens of broadcasts by their id. */
  readonly broadcasts: readonly number[]
}

/** `value` of a BodyResult. */
export interface TaskValue {
  readonly executor: number
  /** Of sink `value`: a base64 block. */
  readonly block?: string
  /** Base64 JSON of accumulators, by id. */
  readonly accumulators?: Readonly<
    Record<string, { readonly nodes: readonly ShippedNode[]; readonly value: ShippedValue }>
  >
  /** Persisted blocks that this task made or found on its executor. */
  readonly persisted?: readonly string[]
}

export const shuffleToken = (operator: number, partition: number): string => `shuffle:${operator}.${partition}`
export const sliceToken = (operator: number, partition: number): string => `slice:${operator}.${partition}`
export const broadcastToken = (id: number): string => `broadcast:${id}`
/** The name under which threads keep the value of a broadcast, as `removeBlocks` has it; ends so that 1 is not 12. */
export const broadcastName = (id: number): string => `broadcast_${id}_`
export const PLAN_TOKEN = 'plan'

/** The partitions of parents that one partition of an operator reads, as [operator, partition]. */
export const readsOf = (operator: PlanOperator, partition: number): readonly (readonly [number, number])[] => {
  switch (operator.op) {
    case 'slices':
    case 'range':
    case 'text':
    case 'files':
    case 'blocks':
    case 'shuffled':
      return []
    case 'steps':
    case 'partition':
    case 'builtin':
      return [[operator.parent, partition]]
    case 'persisted':
      return operator.parent === undefined ? [] : [[operator.parent, partition]]
    case 'union': {
      let at = partition
      for (const [i, count] of operator.counts.entries()) {
        if (at < count) return [[operator.parents[i]!, at]]
        at -= count
      }
      throw new RangeError(`a union has no partition ${partition}`)
    }
    case 'coalesced':
      return operator.groups[partition]!.map((each) => [operator.parent, each])
    case 'cartesian':
      return [
        [operator.left, Math.floor(partition / operator.rightCount)],
        [operator.right, partition % operator.rightCount],
      ]
    case 'zip':
    case 'cogroup':
    case 'aligned':
      return operator.parents.map((parent) => [parent, partition])
  }
}
