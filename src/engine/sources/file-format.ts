/** The file formats the engine reads and writes. */
export type FileFormat = 'parquet' | 'csv' | 'json' | 'text'

export const FILE_FORMATS: readonly FileFormat[] = ['parquet', 'csv', 'json', 'text']

export type FileOptions = Readonly<Record<string, string>>

export const fileFormat = (name: string): FileFormat | undefined =>
  FILE_FORMATS.find((format) => format === name.toLowerCase())

/** What readers and writers know by name: files, and the sources in `sources/`. */
export type DataFormat = FileFormat | 'jdbc' | 'delta'

export const DATA_FORMATS: readonly DataFormat[] = [...FILE_FORMATS, 'jdbc', 'delta']

/** Formats of which format.`path` names data. */
export const NAMED_BY_PATH: readonly DataFormat[] = [...FILE_FORMATS, 'delta']
