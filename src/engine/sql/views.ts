import type { ColumnType } from '../duckdb/database.ts'
import type { FileFormat, FileOptions, QueryText } from './statement.ts'

/** What a name in FROM stands for. A query keeps the views it was written against, so a later redefinition leaves it alone. */
export type ViewDefinition =
  | { readonly kind: 'query'; readonly query: QueryText; readonly views: Views; readonly columns: readonly string[] }
  | {
      readonly kind: 'files'
      readonly format: FileFormat
      readonly paths: readonly string[]
      readonly options: FileOptions
    }
  /** A DataFrame that was registered as a view: compiled when it is used. */
  | { readonly kind: 'frame'; readonly compile: (describe: DescribeNames) => Promise<FrameText> }
  /** Rows of the program: a result file of the driver. */
  | { readonly kind: 'rows'; readonly path: Promise<string>; readonly columns: readonly ColumnType[] }

export interface FrameText {
  readonly sql: string
  readonly views: Views
}

/** Tells the columns of a query over views; binds it, reads nothing. */
export type DescribeNames = (sql: string, views: Views) => Promise<readonly string[]>

/** By name in lower case; never changed in place. */
export type Views = ReadonlyMap<string, ViewDefinition>

export const withView = (views: Views, name: string, definition: ViewDefinition): Views =>
  new Map([...views, [name.toLowerCase(), definition]])

export const withoutView = (views: Views, name: string): Views =>
  new Map([...views].filter(([known]) => known !== name.toLowerCase()))
