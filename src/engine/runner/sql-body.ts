import { mkdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Connection, Database } from '../duckdb/database.ts'
import { quoteName, quoteText } from '../duckdb/quote.ts'
import { infrastructureError, userError } from '../errors.ts'
import type { BodyContext, BodyHandler, BodyResult, TaskBody, TaskOutput } from '../scheduler/task-body.ts'
import { SCHEMA_BLOCK } from '../shuffle/shuffle-store.ts'
import { functionFault, ScalarFunctions } from '../udf/scalar-functions.ts'

type SqlBody = TaskBody & { readonly kind: 'sql' }

const PARTITION = '__partition'
/** Between executors speed counts more than size; see docs/decisions/0009-shuffle.md. */
const BLOCK_OPTIONS = 'FORMAT parquet, COMPRESSION lz4_raw, PARQUET_VERSION V2, DICTIONARY_SIZE_LIMIT 10000'

/** Runs bodies of kind `sql` on DuckDB, each on a connection of its own. Throws DatabaseError or EngineError. */
export const sqlHandler = (database: Database): BodyHandler => {
  const functions = new ScalarFunctions(database)
  return { run: (body, output, context) => run(database, functions, body, output, context) }
}

const run = async (
  database: Database,
  functions: ScalarFunctions,
  body: TaskBody,
  output: TaskOutput,
  context: BodyContext,
): Promise<BodyResult> => {
  if (body.kind !== 'sql') throw new Error(`a body of kind ${body.kind} for the handler of sql`)
  const connection = await database.connect()
  let release = (): void => {}
  const interrupt = () => connection.interrupt()
  context.signal.addEventListener('abort', interrupt, { once: true })
  try {
    context.signal.throwIfAborted()
    for (const [key, value] of Object.entries(body.settings)) {
      await connection.read(`SET ${key} = ${quoteText(value)}`)
    }
    if (usesPartition(body)) await connection.read(`SET VARIABLE bellows_partition = ${context.partition}`)
    release = await functions.acquire(body.functions ?? [], context.paths)
    const located = locate(body, context)
    return await write(connection, located(withViews(body)), output, context)
  } catch (error) {
    throw functionFault(error) ?? error
  } finally {
    context.signal.removeEventListener('abort', interrupt)
    connection.close()
    release()
  }
}

/** spark_partition_id and monotonically_increasing_id ask for it. */
const usesPartition = ({ sql, views }: SqlBody): boolean =>
  [sql, ...views.map((view) => view.sql)].some((text) => text.includes('bellows_partition'))

/** The statement with its inputs in it: a view would be bound, and the files behind it opened, once more. */
const withViews = ({ views, sql }: SqlBody): string => {
  if (views.length === 0) return sql
  return `WITH ${views.map((view) => `${quoteName(view.name)} AS NOT MATERIALIZED (${view.sql})`).join(', ')} ${sql}`
}

/** Puts paths in the place of tokens: one path within quotes, or, for a shuffle, a list of quoted paths. */
const locate = (body: SqlBody, context: BodyContext): ((sql: string) => string) => {
  const replacements = body.inputs.flatMap((input): readonly (readonly [string, string])[] => {
    const paths = context.paths(input.token)
    if (input.kind !== 'shuffle') return [[input.token, (paths[0] ?? '').replaceAll("'", "''")]]
    const list = paths.map(quoteText).join(', ')
    return [
      [quoteText(input.token), list],
      [input.token, list],
    ]
  })
  return (sql) => replacements.reduce((text, [token, value]) => text.replaceAll(token, () => value), sql)
}

const write = async (
  connection: Connection,
  sql: string,
  output: TaskOutput,
  context: BodyContext,
): Promise<BodyResult> => {
  switch (output.kind) {
    case 'result':
      return { rows: await copy(connection, sql, context.resultPath, BLOCK_OPTIONS) }
    case 'files': {
      const target = output.partitioned ? output.directory : join(output.directory, output.fileName)
      await mkdir(dirname(target), { recursive: true })
      return { rows: await copy(connection, sql, target, output.copyOptions) }
    }
    case 'sink': {
      const directory = `${context.resultPath}.files`
      try {
        await mkdir(directory, { recursive: true })
        const target = output.partitioned ? directory : join(directory, output.fileName)
        const rows = await copy(connection, sql, target, output.copyOptions)
        context.signal.throwIfAborted()
        return { rows, value: await context.deliver(output.sink, directory) }
      } finally {
        await rm(directory, { recursive: true, force: true })
      }
    }
    case 'shuffle':
      return { rows: await writeShuffle(connection, sql, output.partitions, context) }
    case 'none':
      return { rows: (await connection.read(sql)).getRows().length }
  }
}

const copy = async (connection: Connection, sql: string, target: string, options: string): Promise<number> => {
  const rows = await connection.rows(`COPY (${sql}) TO ${quoteText(target)} (${options})`)
  return Number(rows[0]?.[0] ?? 0)
}

/** Types that Parquet as DuckDB writes it does not give back as they were. */
const LOSSY = /\b(U?HUGEINT|INTERVAL|BIT|UNION)\b/

const writeShuffle = async (
  connection: Connection,
  sql: string,
  partitions: number,
  context: BodyContext,
): Promise<number> => {
  const columns = await connection.describe(sql)
  if (columns.at(-1)?.name !== PARTITION) throw userError(`the last column of a shuffle's rows must be ${PARTITION}`)
  const lossy = columns.find(({ name, type }) => name !== PARTITION && LOSSY.test(type))
  if (lossy) throw userError(`column ${lossy.name} of type ${lossy.type} cannot be sent through a shuffle`)
  const rows = `SELECT * EXCLUDE (${PARTITION}) FROM (${sql})`
  if (partitions === 1) {
    const block = context.shuffleWriter(0)
    const count = await copy(connection, rows, block.path, BLOCK_OPTIONS)
    if (count === 0) {
      const schema = context.shuffleWriter(SCHEMA_BLOCK)
      await rename(block.path, schema.path)
      await schema.done(0)
    } else await block.done(count)
    return count
  }
  const first = context.shuffleWriter(0).path
  const directory = join(dirname(first), 'parts')
  // More open files than partitions, so that each partition is one file.
  await connection.read(`SET partitioned_write_max_open_files = ${Math.max(100, partitions + 1)}`)
  const written = await connection.rows(
    `COPY (${sql}) TO ${quoteText(directory)} (${BLOCK_OPTIONS}, PARTITION_BY (${PARTITION}), RETURN_STATS)`,
  )
  const files = Map.groupBy(written, (row) => partitionOf(String(row[0]), partitions))
  let total = 0
  for (const [partition, parts] of files) {
    context.signal.throwIfAborted()
    const block = context.shuffleWriter(partition)
    const count = parts.reduce((sum, row) => sum + Number(row[1]), 0)
    const paths = parts.map((row) => String(row[0]))
    if (paths.length === 1 && paths[0] !== undefined) await rename(paths[0], block.path)
    else {
      const list = paths.map(quoteText).join(', ')
      await copy(
        connection,
        `SELECT * FROM read_parquet([${list}], hive_partitioning = false)`,
        block.path,
        BLOCK_OPTIONS,
      )
    }
    await block.done(count)
    total += count
  }
  if (files.size < partitions) {
    // A partition that is empty in every map task still has columns.
    const schema = context.shuffleWriter(SCHEMA_BLOCK)
    await copy(connection, `${rows} LIMIT 0`, schema.path, BLOCK_OPTIONS)
    if ((await stat(schema.path)).size === 0) throw infrastructureError('an empty block was not written')
    await schema.done(0)
  }
  return total
}

const partitionOf = (path: string, partitions: number): number => {
  const text = /__partition=([^/\\]+)[/\\][^/\\]*$/.exec(path)?.[1]
  const partition = Number(text)
  if (text === undefined || !Number.isSafeInteger(partition) || partition < 0 || partition >= partitions) {
    throw userError(`a row has ${PARTITION} ${text}; it must be 0 to ${partitions - 1}`)
  }
  return partition
}
