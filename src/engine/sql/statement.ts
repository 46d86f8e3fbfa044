import type { SourceText } from './source-text.ts'

/** The file formats the engine reads and writes. */
export type FileFormat = 'parquet' | 'csv' | 'json' | 'text'

export const FILE_FORMATS: readonly FileFormat[] = ['parquet', 'csv', 'json', 'text']

export type FileOptions = Readonly<Record<string, string>>

/** A query that names files the way Spark does (parquet.`path`) reads them as views of that name. */
export interface QueryText extends SourceText {
  readonly files: readonly { readonly name: string; readonly format: FileFormat; readonly path: string }[]
}

/** One statement of a script, in Spark's grammar where Spark has one. */
export type Statement = {
  /** From 1, as the person counts. */
  readonly number: number
  /** Offset of its first character in the script. */
  readonly start: number
} & (
  | { readonly kind: 'query'; readonly query: QueryText }
  | { readonly kind: 'explain'; readonly query: QueryText }
  | {
      readonly kind: 'create-view'
      readonly name: string
      readonly replace: boolean
      readonly query: QueryText
      readonly columns: readonly string[]
    }
  | {
      readonly kind: 'create-file-view'
      readonly name: string
      readonly replace: boolean
      readonly format: FileFormat
      readonly options: FileOptions
    }
  | { readonly kind: 'drop-view'; readonly name: string; readonly ifExists: boolean }
  | {
      readonly kind: 'insert-directory'
      readonly path: string
      readonly format: FileFormat
      readonly options: FileOptions
      readonly query: QueryText
    }
  | { readonly kind: 'set'; readonly key: string; readonly value: string }
  | { readonly kind: 'show-setting'; readonly key: string | undefined }
)
