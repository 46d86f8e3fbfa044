import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Connection, Database } from '../duckdb/database.ts'
import { quoteText } from '../duckdb/quote.ts'
import { Refusal } from './refusal.ts'
import { decodeRows, encodeRows } from './ship.ts'

describe('rows in result files', () => {
  let directory: string
  let database: Database
  let connection: Connection

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'bellows-ship-'))
    database = await Database.open({ threads: 1, memoryLimit: 2 ** 28, spillDirectory: join(directory, 'spill') })
    connection = await database.connect()
  })

  afterAll(async () => {
    connection.close()
    database.close()
    await rm(directory, { recursive: true })
  })

  it.each([
    'true',
    '1::TINYINT',
    '(-9223372036854775808)',
    '170141183460469231731687303715884105727::HUGEINT',
    '255::UTINYINT',
    '18446744073709551615::UBIGINT',
    '340282366920938463463374607431768211455::UHUGEINT',
    "'NaN'::DOUBLE",
    "'-Infinity'::FLOAT",
    '-0.0::DOUBLE',
    '0.1::FLOAT',
    '1.23::DECIMAL(38,10)',
    '12.5::DECIMAL(4,1)',
    "'é\u0001'",
    "''",
    "'\\xAA\\x00'::BLOB",
    "DATE '0001-01-01'",
    "TIME '23:59:59.999999'",
    "TIMETZ '01:02:03+05:30'",
    "TIMESTAMP '2024-02-29 01:02:03.000004'",
    "TIMESTAMPTZ '2024-02-29 01:02:03+02'",
    "TIMESTAMP_S '2024-01-01 00:00:01'",
    "TIMESTAMP_MS '2024-01-01 00:00:00.001'",
    "TIMESTAMP_NS '2024-01-01 00:00:00.000000001'",
    "INTERVAL '1 year 2 days 3 seconds'",
    'uuid()::UUID',
    "'a'::ENUM ('b', 'a')",
    '[1, NULL, 3]',
    "{'a': 1, 'b c': [{'d': 'x'}]}",
    "MAP {'k': 1.5::DECIMAL(5,2)}",
    '[1, 2]::INTEGER[2]',
    "'101'::BIT",
    '\'{"a": 1}\'::JSON',
    'NULL',
  ])('%s comes back as it was', async (value) => {
    await connection.read(`CREATE OR REPLACE TEMP TABLE given AS SELECT ${value} AS "a b"`)
    const columns = await connection.describe('SELECT * FROM given')
    const path = join(directory, 'rows.parquet')
    await connection.read(
      `COPY (${encodeRows('SELECT * FROM given', columns)}) TO ${quoteText(path)} (FORMAT parquet, COMPRESSION lz4_raw)`,
    )
    const back = decodeRows([path], columns)
    expect(await connection.describe(back)).toEqual(columns)
    const [same] = await connection.rows(
      `SELECT count(*) FROM (${back}) AS b, given WHERE b."a b" IS NOT DISTINCT FROM given."a b" AND CAST(b."a b" AS VARCHAR) IS NOT DISTINCT FROM CAST(given."a b" AS VARCHAR)`,
    )
    expect(same?.[0]).toBe(1n)
  })

  it('refuses what would not', () => {
    expect(() => encodeRows('', [{ name: 'x', type: 'STRUCT(a HUGEINT)' }])).toThrow(Refusal)
    expect(() => encodeRows('', [{ name: 'x', type: 'UNION(a INTEGER)' }])).toThrow(Refusal)
  })
})
