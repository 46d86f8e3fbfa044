import type { ColumnType } from '../duckdb/database.ts'
import { quoteText } from '../duckdb/quote.ts'
import type { FileFormat } from './file-format.ts'
import type { SourceFile } from './list-files.ts'

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
}

export const FILE_LIST = '@@bellows:files@@'

export const fileList = (paths: readonly string[]): string => `[${paths.map(quoteText).join(', ')}]`

/** The SELECT that reads `paths` with a template. */
export const readFiles = (template: string, paths: readonly string[]): string =>
  template.replaceAll(FILE_LIST, () => fileList(paths))

export const sourceBytes = (source: FileSource): number => source.files.reduce((sum, file) => sum + file.bytes, 0)
