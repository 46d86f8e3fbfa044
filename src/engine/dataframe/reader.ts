import { userError } from '../errors.ts'
import { FILE_FORMATS, type FileFormat, type FileOptions } from '../sql/statement.ts'
import { DataFrame } from './dataframe.ts'
import type { SparkSession } from './spark-session.ts'

/** Reads files as a DataFrame; each setter gives a new reader. Names and defaults follow Spark's DataFrameReader. */
export class DataFrameReader {
  private readonly session: SparkSession
  private readonly chosen: FileFormat
  private readonly given: FileOptions

  constructor(session: SparkSession, format: FileFormat = 'parquet', options: FileOptions = {}) {
    this.session = session
    this.chosen = format
    this.given = options
  }

  format(format: string): DataFrameReader {
    const known = FILE_FORMATS.find((name) => name === format.toLowerCase())
    if (known === undefined) throw userError(`files can be ${FILE_FORMATS.join(', ')}, not ${format}`)
    return new DataFrameReader(this.session, known, this.given)
  }

  option(key: string, value: string | number | boolean): DataFrameReader {
    return new DataFrameReader(this.session, this.chosen, { ...this.given, [key]: String(value) })
  }

  options(options: Readonly<Record<string, string | number | boolean>>): DataFrameReader {
    return Object.entries(options).reduce<DataFrameReader>((reader, [key, value]) => reader.option(key, value), this)
  }

  /** `a INT, b STRING`. */
  schema(ddl: string): DataFrameReader {
    return this.option('schema', ddl)
  }

  load(...paths: readonly string[]): DataFrame {
    if (paths.length === 0) throw userError('load needs at least one path')
    const definition = { kind: 'files', format: this.chosen, paths, options: this.given } as const
    return new DataFrame(this.session, { kind: 'view', definition })
  }

  parquet(...paths: readonly string[]): DataFrame {
    return this.format('parquet').load(...paths)
  }

  csv(...paths: readonly string[]): DataFrame {
    return this.format('csv').load(...paths)
  }

  json(...paths: readonly string[]): DataFrame {
    return this.format('json').load(...paths)
  }

  text(...paths: readonly string[]): DataFrame {
    return this.format('text').load(...paths)
  }

  table(name: string): DataFrame {
    return this.session.table(name)
  }
}
