import type { StructType } from '../types/data-type.ts'
import type { Span } from './sql-error.ts'
import type { ExpressionSyntax, PlanSyntax } from './syntax.ts'

export type Name = readonly string[]

export type ExplainMode = 'simple' | 'extended' | 'codegen' | 'cost' | 'formatted'

export type Options = Readonly<Record<string, string>>

/** A column of PARTITION (a = 1, b); without a value it comes from the query. */
export interface PartitionSyntax {
  readonly column: string
  readonly value?: ExpressionSyntax
}

/** One statement of a script, as written; `at` is its place in the whole text. */
export type StatementSyntax = { readonly at: Span } & (
  | { readonly kind: 'query'; readonly query: PlanSyntax }
  | { readonly kind: 'explain'; readonly mode: ExplainMode; readonly statement: StatementSyntax }
  /** CREATE TEMPORARY VIEW v (a, b) AS …; `global`: below global_temp; not `temporary`: one that would outlive the session. */
  | {
      readonly kind: 'create-view'
      readonly name: Name
      readonly columns?: readonly string[]
      readonly replace: boolean
      readonly ifNotExists: boolean
      readonly temporary: boolean
      readonly global: boolean
      readonly query: PlanSyntax
      /** The query as written: what a view that outlives the session keeps. */
      readonly queryText: string
    }
  /** CREATE TEMPORARY VIEW v (a INT) USING parquet OPTIONS (path '…') */
  | {
      readonly kind: 'create-view-using'
      readonly name: Name
      readonly schema?: StructType
      readonly replace: boolean
      readonly global: boolean
      readonly format: string
      readonly options: Options
    }
  | { readonly kind: 'drop-view'; readonly name: Name; readonly ifExists: boolean }
  | {
      readonly kind: 'create-table'
      readonly name: Name
      readonly ifNotExists: boolean
      readonly replace: boolean
      readonly schema?: StructType
      /** USING; absent: spark.sql.sources.default. */
      readonly format?: string
      readonly options: Options
      readonly partitionedBy: readonly string[]
      readonly location?: string
      readonly comment?: string
      readonly properties: Options
      readonly query?: PlanSyntax
    }
  | { readonly kind: 'drop-table'; readonly name: Name; readonly ifExists: boolean; readonly purge: boolean }
  | {
      readonly kind: 'insert'
      readonly table: Name
      readonly overwrite: boolean
      readonly partition: readonly PartitionSyntax[]
      readonly ifNotExists: boolean
      readonly columns?: readonly string[]
      /** BY NAME: columns of the query go where their names say. */
      readonly byName: boolean
      readonly query: PlanSyntax
    }
  | {
      readonly kind: 'insert-directory'
      /** Absent: it is in `options`. */
      readonly path?: string
      readonly format: string
      readonly options: Options
      readonly query: PlanSyntax
    }
  | { readonly kind: 'set'; readonly key: string; readonly value: string }
  /** SET, SET -v, SET key */
  | { readonly kind: 'show-settings'; readonly key?: string; readonly verbose: boolean }
  /** RESET, RESET key */
  | { readonly kind: 'reset'; readonly key?: string }
  | {
      readonly kind: 'cache'
      readonly name: Name
      readonly lazy: boolean
      readonly options: Options
      readonly query?: PlanSyntax
    }
  | { readonly kind: 'uncache'; readonly name: Name; readonly ifExists: boolean }
  | { readonly kind: 'clear-cache' }
  /** `in`: the database, or for columns the table. `like`: a pattern with * and |. */
  | {
      readonly kind: 'show'
      readonly what: 'tables' | 'views' | 'columns' | 'functions' | 'databases'
      readonly in?: Name
      readonly like?: string
      /** SHOW USER FUNCTIONS, SHOW SYSTEM FUNCTIONS */
      readonly scope?: 'user' | 'system' | 'all'
    }
  | { readonly kind: 'describe-table'; readonly name: Name; readonly extended: boolean; readonly column?: Name }
  | { readonly kind: 'describe-query'; readonly query: PlanSyntax }
  | { readonly kind: 'describe-function'; readonly name: Name; readonly extended: boolean }
  | { readonly kind: 'describe-database'; readonly name: Name; readonly extended: boolean }
  | { readonly kind: 'create-database'; readonly name: Name; readonly ifNotExists: boolean }
  | { readonly kind: 'drop-database'; readonly name: Name; readonly ifExists: boolean; readonly cascade: boolean }
  | { readonly kind: 'use'; readonly name: Name }
  | { readonly kind: 'refresh'; readonly name: Name }
  /** REFRESH 'path' */
  | { readonly kind: 'refresh-path'; readonly path: string }
)

export type StatementOf<K extends StatementSyntax['kind']> = Extract<StatementSyntax, { kind: K }>
