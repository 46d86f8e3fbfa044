import type { FileSource } from '../sources/file-source.ts'
import type { Attribute, Expression, Named, SortOrder } from './expression.ts'

/** Where a scan's rows come from. More kinds join here (tables of a database, Delta). */
export type ScanRelation =
  | { readonly kind: 'files'; readonly source: FileSource }
  /** Rows the program gave, or of a cache or checkpoint: Parquet files that hold the columns as `c0`, `c1` … */
  | {
      readonly kind: 'held'
      readonly id: number
      readonly files: readonly HeldFile[]
      readonly bytes: number
      readonly rows: number | undefined
    }

export interface HeldFile {
  readonly path: string
  readonly bytes: number
}

/**
 * null-aware-anti: NOT IN, a null on either side makes no row come through. as-of: each row of the left once, with the
 * nearest of the right; the condition is equalities and one of <= < >= > between two columns.
 */
export type LogicalJoinType = 'inner' | 'left' | 'right' | 'full' | 'semi' | 'anti' | 'null-aware-anti' | 'as-of'

/**
 * The typed plan: analysed, frozen. Each node says its own columns in `output`; a column is named by its attribute's
 * id, never by text. No id is given out by two nodes of one plan unless one passes the other's column on.
 */
export type LogicalPlan = {
  readonly output: readonly Attribute[]
} /** `columns[i]` is the source's name for output[i]; columns that nobody needs are left out by the optimizer. */ & (
  | {
      readonly kind: 'scan'
      readonly relation: ScanRelation
      readonly columns: readonly string[]
      readonly filters: readonly Expression[]
    }
  | {
      readonly kind: 'range'
      readonly start: bigint
      readonly end: bigint
      readonly step: bigint
      readonly partitions: number | undefined
    }
  /** Constant rows; one row without columns stands for a missing FROM. */
  | { readonly kind: 'values'; readonly rows: readonly (readonly Expression[])[] }
  | { readonly kind: 'project'; readonly input: LogicalPlan; readonly items: readonly Named[] }
  | { readonly kind: 'filter'; readonly input: LogicalPlan; readonly condition: Expression }
  /** Output: groups, then aggregates. The expression of each of `aggregates` is one `aggregate` node; what is computed of them is a project above. Without groups: one row, always. */
  | {
      readonly kind: 'aggregate'
      readonly input: LogicalPlan
      readonly groups: readonly Named[]
      readonly aggregates: readonly Named[]
    }
  /** One row for each of `projections`, of each row: GROUPING SETS. */
  | { readonly kind: 'expand'; readonly input: LogicalPlan; readonly projections: readonly (readonly Expression[])[] }
  /** Output: left then right; left alone for semi and the antis. `condition` absent: all pairs. */
  | {
      readonly kind: 'join'
      readonly left: LogicalPlan
      readonly right: LogicalPlan
      readonly how: LogicalJoinType
      readonly condition: Expression | undefined
      readonly broadcast: 'left' | 'right' | undefined
    }
  | {
      readonly kind: 'sort'
      readonly input: LogicalPlan
      readonly orders: readonly SortOrder[]
      readonly global: boolean
    }
  | { readonly kind: 'limit'; readonly input: LogicalPlan; readonly count: number | undefined; readonly offset: number }
  /** UNION ALL; all inputs have the same types, column by column. */
  | { readonly kind: 'union'; readonly inputs: readonly LogicalPlan[] }
  /** Output: the input's columns, then `functions` (each a `window` expression), all over one specification. */
  | {
      readonly kind: 'window'
      readonly input: LogicalPlan
      readonly functions: readonly Named[]
      readonly partitionBy: readonly Expression[]
      readonly orderBy: readonly SortOrder[]
    }
  /** Output: the input's columns, then the generator's. `generator`: a call of explode, posexplode, inline, stack, json_tuple … */
  | {
      readonly kind: 'generate'
      readonly input: LogicalPlan
      readonly generator: Expression
      readonly outer: boolean
      readonly generated: readonly Attribute[]
    }
  | {
      readonly kind: 'sample'
      readonly input: LogicalPlan
      readonly fraction: number
      readonly withReplacement: boolean
      readonly seed: bigint
    }
  | {
      readonly kind: 'repartition'
      readonly input: LogicalPlan
      readonly partitions: number | undefined
      readonly by: readonly SortOrder[]
      readonly how: 'hash' | 'range' | 'round-robin' | 'coalesce'
    }
  | { readonly kind: 'map-batches'; readonly input: LogicalPlan; readonly id: number }
  /** Rows that another stage made; put in by the physical planner, read by the emitter as the view `name` with columns `c<id>`. */
  | { readonly kind: 'stage-input'; readonly name: string }
)

export type PlanOf<K extends LogicalPlan['kind']> = Extract<LogicalPlan, { kind: K }>
