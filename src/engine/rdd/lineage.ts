import type { StorageLevel } from '../scheduler/task-body.ts'
import type { Partitioner } from './keys/partitioner.ts'
import type { Step } from './plan/stage-plan.ts'

/** Functions of the program, of any shape. */
// biome-ignore lint/suspicious/noExplicitAny: their types are checked where the program gives them
export type UserFunction = (...given: any[]) => any

export type Args = Readonly<Record<string, unknown>>

/** An operator over whole partitions of task/builtins.ts, with the program's values for it. */
export interface BuiltinCall {
  readonly name: string
  readonly args: Args
}

/** What an RDD is made of. Wide operators say what they want; whether a shuffle is needed is decided when it is resolved. */
export type Lineage =
  /** `slices` and `minPartitions` undefined: by the parallelism of the application. */
  | { readonly kind: 'slices'; readonly values: readonly unknown[]; readonly slices: number | undefined }
  | {
      readonly kind: 'range'
      readonly start: number
      readonly step: number
      readonly count: number
      readonly slices: number | undefined
    }
  | { readonly kind: 'text'; readonly path: string; readonly minPartitions: number | undefined }
  | {
      readonly kind: 'files'
      readonly path: string
      readonly as: 'text' | 'bytes'
      readonly minPartitions: number | undefined
    }
  | { readonly kind: 'blocks'; readonly directory: string }
  | { readonly kind: 'step'; readonly parent: Node; readonly step: Step['kind']; readonly fn: UserFunction | undefined }
  | {
      readonly kind: 'partition'
      readonly parent: Node
      readonly fn: UserFunction
      readonly withIndex: boolean
      readonly preservesPartitioning: boolean
    }
  | {
      readonly kind: 'builtin'
      readonly parent: Node
      /** May ask for a job of its own (zipWithIndex counts). */
      readonly call: () => BuiltinCall | Promise<BuiltinCall>
      readonly preservesPartitioning: boolean
    }
  | { readonly kind: 'union'; readonly parents: readonly Node[] }
  | { readonly kind: 'coalesced'; readonly parent: Node; readonly count: number }
  | { readonly kind: 'cartesian'; readonly left: Node; readonly right: Node }
  | { readonly kind: 'zip'; readonly parents: readonly Node[]; readonly fn: UserFunction | undefined }
  | {
      readonly kind: 'shuffled'
      readonly parent: Node
      /** undefined: elements are dealt out in turn. */
      readonly partitioner: (() => Promise<Partitioner>) | undefined
      readonly count: number | undefined
      /** Arguments of `combine` for the map side, and for the reduce side with `combined`. */
      readonly combine: Args | undefined
      readonly mapSideCombine: boolean
      /** What the reduce side does with the blocks, when it is not to combine. */
      readonly after: BuiltinCall | undefined
    }
  | { readonly kind: 'cogroup'; readonly parents: readonly Node[]; readonly partitioner: () => Promise<Partitioner> }

/** An RDD, as the planner sees it. */
export interface Node {
  readonly id: number
  readonly lineage: Lineage
  /** The operator of the program: map, reduceByKey. */
  readonly operator: string
  readonly callSite: string
  readonly name: string | undefined
  readonly storageLevel: StorageLevel
  readonly checkpointed: Checkpointed | undefined
  /** Tasks that the application can run at once, 2 at least. */
  parallelism(): Promise<number>
  resolved(): Promise<Resolved>
}

export type Checkpointed =
  | { readonly kind: 'files'; readonly paths: readonly string[] }
  | { readonly kind: 'local'; readonly partitions: number }

/** One wide dependency: the map side of a shuffle, run at most once while it is there. */
export interface ShuffleDependency {
  readonly parent: Node
  readonly partitions: number
  readonly partitioner: Partitioner | undefined
  readonly combine: Args | undefined
  readonly operator: string
}

/** Facts that need files to be listed, keys to be sampled or counts to be known. */
export interface Resolved {
  readonly partitions: number
  readonly partitioner: Partitioner | undefined
  /** Of `shuffled` and `cogroup`, by parent; undefined where the parent is partitioned well as it is. */
  readonly shuffles: readonly (ShuffleDependency | undefined)[]
  readonly call: BuiltinCall | undefined
  readonly splits: readonly (readonly {
    readonly path: string
    readonly from: number
    readonly to: number
    readonly bytes: number
  }[])[]
  readonly groups: readonly (readonly number[])[]
}

export const parentsOf = (lineage: Lineage): readonly Node[] => {
  switch (lineage.kind) {
    case 'slices':
    case 'range':
    case 'text':
    case 'files':
    case 'blocks':
      return []
    case 'step':
    case 'partition':
    case 'builtin':
    case 'coalesced':
    case 'shuffled':
      return [lineage.parent]
    case 'cartesian':
      return [lineage.left, lineage.right]
    case 'union':
    case 'zip':
    case 'cogroup':
      return lineage.parents
  }
}
