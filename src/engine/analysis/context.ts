import type { SqlSettings } from '../functions/function.ts'
import type { NewId } from '../plan/expression.ts'
import type { ScanRelation } from '../plan/logical-plan.ts'
import type { FileSource } from '../sources/file-source.ts'
import type { PlanSyntax } from '../sql/syntax.ts'
import type { DataType, StructType } from '../types/data-type.ts'

export interface AnalysisSettings extends SqlSettings {
  /** spark.sql.caseSensitive */
  readonly caseSensitive: boolean
  /** spark.sql.groupByOrdinal */
  readonly groupByOrdinal: boolean
  /** spark.sql.orderByOrdinal */
  readonly orderByOrdinal: boolean
  /** spark.sql.groupByAliases */
  readonly groupByAliases: boolean
}

export const DEFAULT_SETTINGS: AnalysisSettings = {
  ansi: true,
  timeZone: 'UTC',
  caseSensitive: false,
  groupByOrdinal: true,
  orderByOrdinal: true,
  groupByAliases: true,
}

/** Looks a relation up by its name as written; undefined: there is none of that name. */
export type FindRelation = (name: readonly string[]) => Promise<FoundRelation | undefined>

export type FoundRelation =
  /** A view: its definition, and where the names in it are looked up (absent: where the view itself was found). */
  | { readonly kind: 'view'; readonly plan: PlanSyntax; readonly find?: FindRelation }
  | { readonly kind: 'scan'; readonly relation: ScanRelation; readonly columns: readonly SourceColumn[] }

export interface SourceColumn {
  /** The source's name of it: `columns[i]` of the scan. */
  readonly source: string
  readonly name: string
  readonly type: DataType
  readonly nullable: boolean
}

/** Rows that the program gave, or of a cache; their Parquet files hold the columns as `c0`, `c1` … */
export interface HeldRows {
  readonly relation: ScanRelation & { readonly kind: 'held' }
  readonly schema: StructType
}

/** A function of the program, as registered. */
export interface UserFunction {
  readonly name: string
  readonly type: DataType
  readonly nullable: boolean
  /** Types that arguments are cast to; absent: any. */
  readonly parameters?: readonly DataType[]
}

/** What the analyzer asks of the session. */
export interface AnalysisContext {
  readonly find: FindRelation
  readonly openFiles: (files: PlanSyntax & { readonly kind: 'files' }) => Promise<FileSource>
  readonly held: (id: number) => HeldRows | undefined
  readonly udf: (id: number) => UserFunction | undefined
  readonly settings: AnalysisSettings
  readonly newId: NewId
  /** For the log: a hint that is not honoured. */
  readonly warn: (message: string) => void
}
