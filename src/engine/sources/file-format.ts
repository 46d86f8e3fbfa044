/** The file formats the engine reads and writes. */
export type FileFormat = 'parquet' | 'csv' | 'json' | 'text'

export const FILE_FORMATS: readonly FileFormat[] = ['parquet', 'csv', 'json', 'text']

export type FileOptions = Readonly<Record<string, string>>

export const fileFormat = (name: string): FileFormat | undefined =>
  FILE_FORMATS.find((format) => format === name.toLowerCase())
