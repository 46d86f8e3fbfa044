import { stat, writeFile } from 'node:fs/promises'
import { quoteName, quoteText } from '../duckdb/quote.ts'
import type { Engine } from '../engine.ts'
import { userError } from '../errors.ts'
import type { HeldRows } from '../query/held-rows.ts'
import {
  array,
  BINARY,
  BOOLEAN,
  type DataType,
  DOUBLE,
  LONG,
  STRING,
  type StructType,
  struct,
  TIMESTAMP,
} from '../types/data-type.ts'
import { duckdbTypeOf } from '../types/duckdb-type.ts'

type Given = Readonly<Record<string, unknown>>

/** The columns of rows a program gives: whole numbers are bigint, others double; nested values keep their shape. */
export const inferSchema = (rows: readonly Given[]): StructType => {
  const names: string[] = []
  for (const row of rows) for (const name of Object.keys(row)) if (!names.includes(name)) names.push(name)
  if (names.length === 0) throw userError('createDataFrame needs rows, or a schema')
  return struct(
    names.map((name) => ({
      name,
      type: typeOf(
        rows.map((row) => row[name]),
        name,
      ),
      nullable: true,
    })),
  )
}

const typeOf = (values: readonly unknown[], name: string): DataType => {
  const given = values.filter((value) => value !== null && value !== undefined)
  const all = (test: (value: unknown) => boolean) => given.every(test)
  if (given.length === 0) return STRING
  if (all((value) => typeof value === 'string')) return STRING
  if (all((value) => typeof value === 'boolean')) return BOOLEAN
  if (all((value) => typeof value === 'bigint' || (typeof value === 'number' && Number.isSafeInteger(value))))
    return LONG
  if (all((value) => typeof value === 'number')) return DOUBLE
  if (all((value) => value instanceof Date)) return TIMESTAMP
  if (all((value) => value instanceof Uint8Array)) return BINARY
  if (all(Array.isArray)) return array(typeOf(given.flat(1), name))
  if (all((value) => typeof value === 'object' && !Array.isArray(value) && !(value instanceof Date)))
    return inferSchema(given as unknown as readonly Given[])
  throw userError(`the values of "${name}" have different types, or one that no column can hold`)
}

/** JSON text in which nothing is lost: bigint as digits, NaN and infinities as texts that DuckDB reads as numbers. */
const exactJson = (row: Given): string =>
  JSON.stringify(row, (_, value) => {
    if (typeof value === 'bigint') return JSON.rawJSON(String(value))
    if (typeof value === 'number' && !Number.isFinite(value)) return String(value)
    if (value instanceof Uint8Array)
      return [...value].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('')
    return value
  })

let counter = 0

/** Puts rows into a file of the driver that executors can fetch. Throws EngineError for a value that does not fit. */
export const storeRows = async (engine: Engine, rows: readonly Given[], schema: StructType): Promise<HeldRows> => {
  const base = engine.scratchPath(`rows-${counter++}`)
  const lines = rows.map((row) => `${exactJson(row)}\n`)
  await writeFile(`${base}.json`, lines.join(''))
  // DuckDB sets aside a buffer of twice this size.
  const longest = lines.reduce((most, line) => Math.max(most, Buffer.byteLength(line)), 2 ** 16)
  const columns = schema.fields
    .map(({ name, type }) => `${quoteName(name)}: ${quoteText(duckdbTypeOf(type))}`)
    .join(', ')
  const list = schema.fields.map(({ name }, index) => `${quoteName(name)} AS c${index}`).join(', ')
  const query =
    rows.length === 0
      ? `SELECT ${schema.fields.map(({ type }, index) => `CAST(NULL AS ${duckdbTypeOf(type)}) AS c${index}`).join(', ')} WHERE false`
      : `SELECT ${list} FROM read_json(${quoteText(`${base}.json`)}, format = 'newline_delimited', columns = {${columns}}, maximum_object_size = ${longest * 2})`
  const connection = await engine.database.connect()
  try {
    await connection.read(`COPY (${query}) TO ${quoteText(`${base}.parquet`)} (FORMAT parquet, COMPRESSION lz4_raw)`)
  } finally {
    connection.close()
  }
  const { size } = await stat(`${base}.parquet`)
  return { schema, files: [{ path: `${base}.parquet`, bytes: size }], bytes: size, rows: rows.length }
}
