import { userError } from '../errors.ts'
import { DATA_FORMATS, type DataFormat } from '../sources/file-format.ts'
import { parseTableSchema } from '../sql/parse.ts'
import type { StructType } from '../types/data-type.ts'
import { DataFrame } from './dataframe.ts'
import type { SparkSession } from './spark-session.ts'
import type { Row } from './values.ts'

type Options = Readonly<Record<string, string>>

/** Reads files as a DataFrame; each setter gives a new reader. Names and defaults follow Spark's DataFrameReader. */
export class DataFrameReader {
  private readonly session: SparkSession
  private readonly chosen: DataFormat
  private readonly given: Options
  private readonly wanted: StructType | undefined

  constructor(session: SparkSession, format: DataFormat = 'parquet', options: Options = {}, schema?: StructType) {
    this.session = session
    this.chosen = format
    this.given = options
    this.wanted = schema
  }

  format(format: string): DataFrameReader {
    const known = DATA_FORMATS.find((name) => name === format.toLowerCase())
    if (known === undefined) throw userError(`data can be ${DATA_FORMATS.join(', ')}, not ${format}`)
    return new DataFrameReader(this.session, known, this.given, this.wanted)
  }

  option(key: string, value: string | number | boolean): DataFrameReader {
    return new DataFrameReader(this.session, this.chosen, { ...this.given, [key]: String(value) }, this.wanted)
  }

  options(options: Readonly<Record<string, string | number | boolean>>): DataFrameReader {
    return Object.entries(options).reduce<DataFrameReader>((reader, [key, value]) => reader.option(key, value), this)
  }

  /** `a INT, b STRING`, or a schema as df.schema() gives it. */
  schema(schema: string | StructType): DataFrameReader {
    const struct = typeof schema === 'string' ? parseTableSchema(schema) : schema
    return new DataFrameReader(this.session, this.chosen, this.given, struct)
  }

  load<R = Row>(...paths: readonly string[]): DataFrame<R> {
    const { path, ...options } = this.given
    const all = path === undefined ? paths : [...paths, path]
    if (all.length === 0 && this.chosen !== 'jdbc') throw userError('load needs at least one path')
    return new DataFrame(this.session, {
      kind: 'files',
      format: this.chosen,
      paths: all,
      options,
      ...(this.wanted === undefined ? {} : { schema: this.wanted }),
    })
  }

  parquet<R = Row>(...paths: readonly string[]): DataFrame<R> {
    return this.format('parquet').load(...paths)
  }

  csv<R = Row>(...paths: readonly string[]): DataFrame<R> {
    return this.format('csv').load(...paths)
  }

  json<R = Row>(...paths: readonly string[]): DataFrame<R> {
    return this.format('json').load(...paths)
  }

  text(...paths: readonly string[]): DataFrame<{ readonly value: string }> {
    return this.format('text').load(...paths)
  }

  /** A table of a database; see the options of format jdbc. */
  jdbc<R = Row>(url: string, table: string, properties: Options = {}): DataFrame<R> {
    return this.format('jdbc')
      .options({ url, dbtable: table, ...properties })
      .load()
  }

  table<R = Row>(name: string): DataFrame<R> {
    return this.session.table(name) as unknown as DataFrame<R>
  }
}
