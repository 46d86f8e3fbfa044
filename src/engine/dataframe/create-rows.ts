import { writeFile } from 'node:fs/promises'
import { quoteName, quoteText } from '../duckdb/quote.ts'
import type { Engine } from '../engine.ts'
import { userError } from '../errors.ts'
import { encodeRows } from '../plan/ship.ts'
import type { SchemaField } from './dataframe.ts'

type Given = Readonly<Record<string, unknown>>

/** The columns of rows a program gives: whole numbers are BIGINT, others DOUBLE; nested values keep their shape. */
export const inferSchema = (rows: readonly Given[]): readonly SchemaField[] => {
  const names: string[] = []
  for (const row of rows) for (const name of Object.keys(row)) if (!names.includes(name)) names.push(name)
  if (names.length === 0) throw userError('createDataFrame needs rows, or a schema')
  return names.map((name) => ({
    name,
    type: typeOf(
      rows.map((row) => row[name]),
      name,
    ),
  }))
}

const typeOf = (values: readonly unknown[], name: string): string => {
  const given = values.filter((value) => value !== null && value !== undefined)
  const all = (test: (value: unknown) => boolean) => given.every(test)
  if (given.length === 0) return 'VARCHAR'
  if (all((value) => typeof value === 'string')) return 'VARCHAR'
  if (all((value) => typeof value === 'boolean')) return 'BOOLEAN'
  if (all((value) => typeof value === 'bigint' || (typeof value === 'number' && Number.isSafeInteger(value))))
    return 'BIGINT'
  if (all((value) => typeof value === 'number')) return 'DOUBLE'
  if (all((value) => value instanceof Date)) return 'TIMESTAMP WITH TIME ZONE'
  if (all(Array.isArray)) return `${typeOf(given.flat(1), name)}[]`
  if (all((value) => typeof value === 'object' && !Array.isArray(value) && !(value instanceof Date))) {
    const fields = inferSchema(given as unknown as readonly Given[])
    return `STRUCT(${fields.map((field) => `${quoteName(field.name)} ${field.type}`).join(', ')})`
  }
  throw userError(`the values of "${name}" have different types, or one that no column can hold`)
}

/** JSON text in which nothing is lost: bigint as digits, NaN and infinities as texts that DuckDB reads as numbers. */
const exactJson = (row: Given): string =>
  JSON.stringify(row, (_, value) => {
    if (typeof value === 'bigint') return JSON.rawJSON(String(value))
    if (typeof value === 'number' && !Number.isFinite(value)) return String(value)
    return value
  })

let counter = 0

/** Puts rows into a result file of the driver, which executors can fetch. */
export const storeRows = async (
  engine: Engine,
  rows: readonly Given[],
  schema: readonly SchemaField[],
): Promise<string> => {
  const base = engine.scratchPath(`rows-${counter++}`)
  const lines = rows.map(
    (row) => `${exactJson(row)}
`,
  )
  await writeFile(`${base}.json`, lines.join(''))
  // DuckDB sets aside a buffer of twice this size.
  const longest = lines.reduce((most, line) => Math.max(most, Buffer.byteLength(line)), 2 ** 16)
  const columns = schema.map(({ name, type }) => `${quoteName(name)}: ${quoteText(type)}`).join(', ')
  const query = `SELECT * FROM read_json(${quoteText(`${base}.json`)}, format = 'newline_delimited', columns = {${columns}}, maximum_object_size = ${longest * 2})`
  const connection = await engine.database.connect()
  try {
    await connection.read(
      `COPY (${encodeRows(query, schema)}) TO ${quoteText(`${base}.parquet`)} (FORMAT parquet, COMPRESSION lz4_raw)`,
    )
  } finally {
    connection.close()
  }
  return `${base}.parquet`
}
