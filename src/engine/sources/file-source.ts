import type { ColumnType } from '../duckdb/database.ts'
import { quoteText } from '../duckdb/quote.ts'
import type { FileFormat } from './file-format.ts'
import type { SourceFile } from './list-files.ts'
import type { SourceInput } from './source-input.ts'

/** Files read as one relation. Equal keys mean the same rows. */
export interface FileSource {
  readonly key: string
  /** How a person would name it in explain and errors. */
  readonly label: string
  readonly format: FileFormat
  readonly files: readonly SourceFile[]
  /** A SELECT over the files; FILE_LIST stands for the list of paths. */
  readonly template: string
  /** The same for some of the files, with names and types fixed; undefined where only all together can be read. */
  readonly partTemplate: string | undefined
  /** Why there is no partTemplate, or why a file is not cut. */
  readonly whyWhole: string | undefined
  readonly columns: readonly ColumnType[]
  /** Which DataSource made it; absent: plain files. `detail` is that source's own. */
  readonly provider?: { readonly name: string; readonly detail: unknown }
  /** Files are partitions that somebody asked for: a task each. */
  readonly fixedParts?: boolean
  /** The files' own names of columns that are called otherwise here. */
  readonly physicalNames?: ReadonlyMap<string, string>
}

export const FILE_LIST = '@@bellows:files@@'

export const fileList = (paths: readonly string[]): string => `[${paths.map(quoteText).join(', ')}]`

/** The SELECT that reads `paths` with a template, or with templates of their own (`templates[i]` is that of `paths[i]`). */
export const readFiles = (
  template: string,
  paths: readonly string[],
  templates: readonly (string | undefined)[] = [],
  where = '',
): string => {
  const groups = Map.groupBy(paths.keys(), (index) => templates[index] ?? template)
  if (paths.length === 0) return template
  return [...groups]
    .map(
      ([text, indexes]) =>
        text.replaceAll(FILE_LIST, () => fileList(indexes.map((index) => paths[index] ?? ''))) + where,
    )
    .join(' UNION ALL ')
}

/** `input` with no more than the columns and rows that a task reads. */
export const neededInput = (
  source: FileSource,
  input: SourceInput,
  columns: readonly string[],
  rows: { readonly from: number; readonly to: number } | undefined,
): SourceInput => {
  if (input.kind !== 's3' || source.format !== 'parquet') return input
  return { ...input, need: { columns: columns.map((name) => source.physicalNames?.get(name) ?? name), rows } }
}

export const sourceBytes = (source: FileSource): number => source.files.reduce((sum, file) => sum + file.bytes, 0)
