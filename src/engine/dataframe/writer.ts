import { userError } from '../errors.ts'
import { insertInto, saveAsTable } from '../query/table-commands.ts'
import type { SaveMode } from '../sinks/write-files.ts'
import { DATA_FORMATS, type DataFormat, type FileOptions } from '../sources/file-format.ts'
import type { Frame } from './dataframe.ts'

interface Settings {
  readonly format: DataFormat
  readonly mode: SaveMode
  readonly options: FileOptions
  readonly partitionBy: readonly string[]
}

const MODES: Readonly<Record<string, SaveMode>> = {
  overwrite: 'overwrite',
  append: 'append',
  ignore: 'ignore',
  error: 'errorifexists',
  errorifexists: 'errorifexists',
  default: 'errorifexists',
}

/** Writes a DataFrame to a directory of files; each setter gives a new writer. Names follow Spark's DataFrameWriter. */
export class DataFrameWriter {
  private readonly frame: Frame
  private readonly settings: Settings

  constructor(frame: Frame, settings?: Settings) {
    this.frame = frame
    this.settings = settings ?? { format: 'parquet', mode: 'errorifexists', options: {}, partitionBy: [] }
  }

  private but(change: Partial<Settings>): DataFrameWriter {
    return new DataFrameWriter(this.frame, { ...this.settings, ...change })
  }

  mode(mode: string): DataFrameWriter {
    const known = MODES[mode.toLowerCase()]
    if (known === undefined) throw userError(`"${mode}" is not a save mode: overwrite, append, ignore, error`)
    return this.but({ mode: known })
  }

  format(format: string): DataFrameWriter {
    const known = DATA_FORMATS.find((name) => name === format.toLowerCase())
    if (known === undefined) throw userError(`data can be written as ${DATA_FORMATS.join(', ')}, not ${format}`)
    return this.but({ format: known })
  }

  option(key: string, value: string | number | boolean): DataFrameWriter {
    return this.but({ options: { ...this.settings.options, [key]: String(value) } })
  }

  options(options: Readonly<Record<string, string | number | boolean>>): DataFrameWriter {
    return Object.entries(options).reduce<DataFrameWriter>((writer, [key, value]) => writer.option(key, value), this)
  }

  partitionBy(...names: readonly string[]): DataFrameWriter {
    return this.but({ partitionBy: names })
  }

  /** Makes a table of the warehouse, or writes into it: by mode, columns by name. */
  async saveAsTable(name: string): Promise<void> {
    const { plan, sparkSession } = this.frame
    await sparkSession.run(plan, (runner) => saveAsTable(runner, runner.conf, plan, name.split('.'), this.settings))
  }

  /** Writes into a table that is there, columns by position. */
  async insertInto(name: string): Promise<void> {
    const { plan, sparkSession } = this.frame
    const overwrite = this.settings.mode === 'overwrite'
    const target = { table: name.split('.'), overwrite, byName: false, columns: undefined, fixed: new Map() }
    await sparkSession.run(plan, (runner) => insertInto(runner, runner.conf, target, plan))
  }

  /** Not there: a bucket of Spark is Spark's hash of the columns, and exchanges here are DuckDB's. */
  bucketBy(_count: number, ..._columns: readonly string[]): never {
    throw userError(
      'bucketBy is not there: files say nothing of the exchange that a join needs here; partitionBy the column, or sort by it',
    )
  }

  /** `path` may be left out where the option `path` says it, or where the format needs none (jdbc). */
  async save(path?: string): Promise<void> {
    const { plan, sparkSession } = this.frame
    const { path: given, ...options } = this.settings.options
    const where = path ?? given
    if (where === undefined && this.settings.format !== 'jdbc') throw userError('save needs a path')
    await sparkSession.run(plan, (runner) => runner.write(plan, { ...this.settings, options, path: where ?? '' }))
  }

  /** Into a table of a database; see the options of format jdbc. */
  jdbc(url: string, table: string, properties: FileOptions = {}): Promise<void> {
    return this.format('jdbc')
      .options({ url, dbtable: table, ...properties })
      .save()
  }

  parquet(path: string): Promise<void> {
    return this.format('parquet').save(path)
  }

  csv(path: string): Promise<void> {
    return this.format('csv').save(path)
  }

  json(path: string): Promise<void> {
    return this.format('json').save(path)
  }

  text(path: string): Promise<void> {
    return this.format('text').save(path)
  }
}
