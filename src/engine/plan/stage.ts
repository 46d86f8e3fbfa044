import type { ColumnType } from '../duckdb/database.ts'
import type { FileSource } from '../sources/file-source.ts'
import type { SourcePart } from '../sources/split-source.ts'
import type { QueryNode } from '../sql/ast.ts'

/** Something that SQL of the plan reads by name. */
export type Relation =
  | { readonly kind: 'source'; readonly source: FileSource; readonly columns: readonly ColumnType[] }
  /** Rows that the program gave, as a result file of the driver. */
  | { readonly kind: 'rows'; readonly path: string; readonly columns: readonly ColumnType[] }
  | { readonly kind: 'stage'; readonly stage: Stage; readonly columns: readonly ColumnType[] }

export type Relations = ReadonlyMap<string, Relation>

/**
 * A step of a plan. Its tasks run `task` and ship their rows; the driver then runs `final` over all of them.
 * - split: one task for each part of the split relation
 * - whole: one task; `why` says what stood against splitting
 * - local: no task, `final` alone, for what reads no files
 */
export interface Stage {
  readonly id: number
  readonly kind: 'split' | 'whole' | 'local'
  readonly why: string | undefined
  /** What is done in this stage, in a few words, for explain. */
  readonly doing: string
  readonly task: StageQuery | undefined
  readonly split:
    | { readonly name: string; readonly source: FileSource; readonly parts: readonly SourcePart[] }
    | undefined
  /** Columns of the tasks' rows. */
  readonly shipped: readonly ColumnType[]
  /** Over the view `partsName(stage)`; absent: the result is the tasks' rows as they are. */
  readonly final: StageQuery | undefined
  /** So many rows of the tasks are enough, whichever they are. */
  readonly enoughRows: number | undefined
  /** Columns of the result. */
  readonly columns: readonly ColumnType[]
  /** The tree after inner parts became stages of their own. */
  readonly node: QueryNode
}

export interface StageQuery {
  readonly sql: string
  /** Relations it reads, apart from the split one and the parts. */
  readonly reads: Relations
}

export interface Plan {
  /** In an order in which each finds its inputs ready. */
  readonly stages: readonly Stage[]
  readonly root: Stage
  readonly columns: readonly ColumnType[]
}

export const SPLIT_RELATION = 'bellows_split'
export const PARTS_RELATION = 'bellows_parts'
