import type { DataType, StructType } from '../types/data-type.ts'
import type { Span } from './sql-error.ts'

/**
 * What the user wrote, before names and types are looked up: the parser makes it of SQL text, the DataFrame API of
 * method calls. Plain frozen data. `at` is absent for what did not come from text.
 */
export type ExpressionSyntax = {
  readonly at?: Span
} /** `a.b.c`: column, qualified column, or field of a struct; which one, the analyzer finds. `of`: df.col('a'). */ & (
  | { readonly kind: 'name'; readonly parts: readonly string[]; readonly of?: PlanSyntax }
  | {
      readonly kind: 'star'
      readonly qualifier: readonly string[]
      readonly of?: PlanSyntax
      readonly except?: readonly string[]
    }
  | { readonly kind: 'literal'; readonly value: LiteralValue; readonly type: DataType }
  /** INTERVAL '1' DAY, INTERVAL 3 months 2 days; one number a unit (may be an expression for a single unit). */
  | {
      readonly kind: 'interval'
      readonly parts: readonly { readonly value: ExpressionSyntax; readonly unit: string }[]
    }
  /**
   * A function or operator by Spark's name in lower case. Operators: + - * / div % || & | ^ ~ = <=> < <= > >= <> and or
   * not negative positive, `is null` as isnull/isnotnull, LIKE as like(value, pattern[, escape]), rlike, ilike, BETWEEN
   * as between(value, low, high), x[i] as `[]`(x, i), `is distinct from` as not(<=>), CASE and CAST are nodes.
   */
  | {
      readonly kind: 'call'
      readonly name: string
      readonly args: readonly ExpressionSyntax[]
      readonly distinct?: boolean
      readonly filter?: ExpressionSyntax
      readonly withinGroup?: readonly OrderSyntax[]
      readonly ignoreNulls?: boolean
      readonly over?: WindowSyntax
    }
  | { readonly kind: 'named-argument'; readonly name: string; readonly value: ExpressionSyntax }
  | { readonly kind: 'cast'; readonly child: ExpressionSyntax; readonly type: DataType; readonly try: boolean }
  | {
      readonly kind: 'case'
      readonly operand?: ExpressionSyntax
      readonly branches: readonly { readonly when: ExpressionSyntax; readonly then: ExpressionSyntax }[]
      readonly otherwise?: ExpressionSyntax
    }
  | { readonly kind: 'in'; readonly value: ExpressionSyntax; readonly list: readonly ExpressionSyntax[] }
  /** One value, or the fields of a row constructor. */
  | { readonly kind: 'in-subquery'; readonly values: readonly ExpressionSyntax[]; readonly query: PlanSyntax }
  | { readonly kind: 'exists'; readonly query: PlanSyntax }
  | { readonly kind: 'scalar-subquery'; readonly query: PlanSyntax }
  | { readonly kind: 'lambda'; readonly parameters: readonly string[]; readonly body: ExpressionSyntax }
  /** `AS a`, or `AS (a, b)` of a generator. */
  | { readonly kind: 'alias'; readonly child: ExpressionSyntax; readonly names: readonly string[] }
  /** A function of the program; `id` in the process's registry, `name` and `shown` (absent: the arguments) for the names of columns. */
  | {
      readonly kind: 'udf'
      readonly id: number
      readonly name?: string
      readonly args: readonly ExpressionSyntax[]
      readonly shown?: readonly ExpressionSyntax[]
    }
)

/** long and decimal as bigint (unscaled for decimal), date as days (number) and timestamps as microseconds (bigint) since the epoch. */
export type LiteralValue = null | boolean | number | bigint | string | Uint8Array

export interface OrderSyntax {
  readonly expression: ExpressionSyntax
  readonly descending: boolean
  /** Absent: Spark's default, first when ascending, last when descending. */
  readonly nullsFirst?: boolean
}

export interface WindowSyntax {
  /** OVER w */
  readonly name?: string
  readonly partitionBy: readonly ExpressionSyntax[]
  readonly orderBy: readonly OrderSyntax[]
  readonly frame?: FrameSyntax
}

export interface FrameSyntax {
  readonly unit: 'rows' | 'range'
  readonly start: FrameBound<ExpressionSyntax>
  readonly end: FrameBound<ExpressionSyntax>
}

export type FrameBound<E> =
  | { readonly kind: 'unbounded-preceding' }
  | { readonly kind: 'preceding'; readonly offset: E }
  | { readonly kind: 'current-row' }
  | { readonly kind: 'following'; readonly offset: E }
  | { readonly kind: 'unbounded-following' }

export type JoinType = 'inner' | 'cross' | 'left' | 'right' | 'full' | 'semi' | 'anti'

export type JoinCriteria =
  | { readonly kind: 'on'; readonly condition: ExpressionSyntax }
  | { readonly kind: 'using'; readonly columns: readonly string[] }
  | { readonly kind: 'natural' }

export interface GroupBySyntax {
  /** GROUP BY ALL */
  readonly all: boolean
  readonly expressions: readonly ExpressionSyntax[]
  /** ROLLUP, CUBE, GROUPING SETS as lists of indexes into `expressions`; absent for a plain GROUP BY. */
  readonly sets?: readonly (readonly number[])[]
}

export interface LateralViewSyntax {
  readonly generator: ExpressionSyntax
  readonly outer: boolean
  readonly alias: string
  readonly columns: readonly string[]
}

export type PlanSyntax = { readonly at?: Span } /** A view, a table, or parquet.`path`. */ & (
  | { readonly kind: 'relation'; readonly name: readonly string[]; readonly options?: Readonly<Record<string, string>> }
  | {
      readonly kind: 'files'
      readonly format: string
      readonly paths: readonly string[]
      readonly options: Readonly<Record<string, string>>
      readonly schema?: StructType
    }
  /** Rows that the program gave or a cached, checkpointed or RDD-backed relation holds; `id` in the session's registry. */
  | { readonly kind: 'held'; readonly id: number }
  | {
      readonly kind: 'range'
      readonly start: bigint
      readonly end: bigint
      readonly step: bigint
      readonly partitions?: number
    }
  | { readonly kind: 'values'; readonly rows: readonly (readonly ExpressionSyntax[])[] }
  /** range(10), explode(…) in FROM. */
  | { readonly kind: 'table-function'; readonly name: string; readonly args: readonly ExpressionSyntax[] }
  /**
   * A SELECT as one node: aggregates without GROUP BY, HAVING over aggregates, lateral column aliases, generators and
   * window functions among the items are the analyzer's matter. `from` absent: one row. df.select, df.groupBy().agg and
   * df.selectExpr make it too.
   */
  | {
      readonly kind: 'select'
      readonly items: readonly ExpressionSyntax[]
      readonly distinct: boolean
      readonly from?: PlanSyntax
      readonly lateralViews: readonly LateralViewSyntax[]
      readonly where?: ExpressionSyntax
      readonly groupBy?: GroupBySyntax
      readonly having?: ExpressionSyntax
      readonly windows: Readonly<Record<string, WindowSyntax>>
    }
  | { readonly kind: 'filter'; readonly input: PlanSyntax; readonly condition: ExpressionSyntax }
  | {
      readonly kind: 'join'
      readonly left: PlanSyntax
      readonly right: PlanSyntax
      readonly how: JoinType
      readonly criteria?: JoinCriteria
      /** The right side may name columns of the left. */
      readonly lateral: boolean
    }
  /**
   * To each row of the left the nearest of the right: the last whose `rightAsOf` is not above `leftAsOf` (backward), or
   * the first that is not below it (forward), at most `tolerance` away. `exact`: equal ones count.
   */
  | {
      readonly kind: 'as-of-join'
      readonly left: PlanSyntax
      readonly right: PlanSyntax
      readonly how: 'inner' | 'left'
      readonly leftAsOf: ExpressionSyntax
      readonly rightAsOf: ExpressionSyntax
      /** Equalities that must hold too. */
      readonly keys: readonly string[]
      readonly direction: 'backward' | 'forward'
      readonly exact: boolean
      readonly tolerance?: ExpressionSyntax
    }
  | {
      readonly kind: 'set-operation'
      readonly op: 'union' | 'intersect' | 'except'
      readonly all: boolean
      readonly left: PlanSyntax
      readonly right: PlanSyntax
      /** unionByName */
      readonly byName?: { readonly allowMissingColumns: boolean }
    }
  /** `global` false: SORT BY / sortWithinPartitions. Orders may name columns of the select below that it does not give out. */
  | {
      readonly kind: 'sort'
      readonly input: PlanSyntax
      readonly orders: readonly OrderSyntax[] | 'all'
      readonly global: boolean
    }
  | {
      readonly kind: 'limit'
      readonly input: PlanSyntax
      readonly count?: ExpressionSyntax
      readonly offset?: ExpressionSyntax
    }
  | {
      readonly kind: 'with'
      readonly recursive: boolean
      readonly queries: readonly {
        readonly name: string
        readonly columns?: readonly string[]
        readonly query: PlanSyntax
        /** MAX RECURSION LEVEL */
        readonly maxLevel?: number
      }[]
      readonly input: PlanSyntax
    }
  | { readonly kind: 'alias'; readonly input: PlanSyntax; readonly name: string; readonly columns?: readonly string[] }
  /** dropDuplicates; `columns` absent: all. */
  | { readonly kind: 'deduplicate'; readonly input: PlanSyntax; readonly columns?: readonly string[] }
  | {
      readonly kind: 'with-columns'
      readonly input: PlanSyntax
      readonly columns: readonly { readonly name: string; readonly expression: ExpressionSyntax }[]
      /** Each of them must be there already: `|> SET a = …`. */
      readonly existing?: boolean
    }
  | { readonly kind: 'rename'; readonly input: PlanSyntax; readonly names: Readonly<Record<string, string>> }
  /** toDF('a', 'b') */
  | { readonly kind: 'rename-all'; readonly input: PlanSyntax; readonly names: readonly string[] }
  | { readonly kind: 'drop'; readonly input: PlanSyntax; readonly columns: readonly ExpressionSyntax[] }
  | {
      readonly kind: 'sample'
      readonly input: PlanSyntax
      readonly fraction: number
      readonly withReplacement: boolean
      readonly seed: bigint
    }
  | {
      readonly kind: 'repartition'
      readonly input: PlanSyntax
      readonly partitions?: number
      readonly by: readonly OrderSyntax[]
      /** DISTRIBUTE BY and repartition(…) hash or, without columns, deal out; repartitionByRange ranges; coalesce only merges. */
      readonly how: 'hash' | 'range' | 'round-robin' | 'coalesce'
    }
  | {
      readonly kind: 'hint'
      readonly input: PlanSyntax
      readonly name: string
      readonly args: readonly ExpressionSyntax[]
    }
  | {
      readonly kind: 'pivot'
      readonly input: PlanSyntax
      /** Absent in SQL: every column that is neither aggregated nor pivoted. */
      readonly groups?: readonly ExpressionSyntax[]
      readonly aggregates: readonly ExpressionSyntax[]
      readonly columns: readonly ExpressionSyntax[]
      readonly values: readonly { readonly values: readonly ExpressionSyntax[]; readonly alias?: string }[]
    }
  | {
      readonly kind: 'unpivot'
      readonly input: PlanSyntax
      readonly ids?: readonly ExpressionSyntax[]
      readonly columns: readonly { readonly expressions: readonly ExpressionSyntax[]; readonly alias?: string }[]
      readonly nameColumn: string
      readonly valueColumns: readonly string[]
      readonly includeNulls: boolean
    }
  /** mapInArrow and its kin: a function of the program over whole batches; `id` in the session's registry. */
  | { readonly kind: 'map-batches'; readonly input: PlanSyntax; readonly id: number; readonly schema: StructType }
)
