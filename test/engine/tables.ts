import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'

interface Table {
  readonly columns: string
  /** VALUES, or a SELECT, in DuckDB's SQL. */
  readonly rows: string
}

/** The tables of the differential suite. Real Spark and the engine read the same files. */
export const TABLES: Readonly<Record<string, Table>> = {
  // A bit of every type. The first row is ordinary, the last is NULL throughout.
  types: {
    columns: `id INTEGER, bo BOOLEAN, ti TINYINT, si SMALLINT, i INTEGER, l BIGINT, f FLOAT, d DOUBLE, dc DECIMAL(10, 2),
      bd DECIMAL(20, 4), s VARCHAR, b BLOB, dt DATE, ts TIMESTAMPTZ, tn TIMESTAMP`,
    rows: `VALUES
      (1, true, 1, 10, 100, 1000, 1.5, 2.5, 12.34, 1234567.8901, 'abc', 'Ab', '2024-02-29', '2024-02-29 12:34:56.789012+00', '2024-02-29 01:02:03.456'),
      (2, false, -1, -10, -100, -1000, -1.5, -2.5, -12.34, -1234567.8901, '', '', '1970-01-01', '1970-01-01 00:00:00+00', '1970-01-01 00:00:00'),
      (3, true, 127, 32767, 2147483647, 9223372036854775807, 'Infinity', 'Infinity', 99999999.99, 9999999999999999.9999, 'ünï – 日本 🎉', '\\x00\\xFF', '2024-12-31', '2024-12-31 23:59:59.999999+00', '2024-12-31 23:59:59.999999'),
      (4, false, -128, -32768, -2147483648, -9223372036854775808, '-Infinity', '-Infinity', -99999999.99, -9999999999999999.9999, '  pad ', '\\x80', '1900-02-28', '1900-01-01 00:00:00+00', '1900-01-01 00:00:00'),
      (5, NULL, 0, 0, 0, 0, 'NaN', 'NaN', 0.00, 0.0000, 'NaN', 'NaN', '2000-01-01', '2000-01-01 08:00:00+00', '2000-01-01 00:00:00'),
      (6, true, 7, 7, 7, 7, '-0.0', '-0.0', 0.01, 0.0001, '7', '7', '2038-01-19', '2038-01-19 03:14:07+00', '2038-01-19 03:14:07'),
      (7, false, 2, 300, 70000, 5000000000, 0.1, 0.1, 3.50, 0.5000, '1.5e3', 'x', '2023-03-12', '2023-03-12 10:00:00+00', '2023-03-12 02:30:00'),
      (8, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)`,
  },
  // Duplicates, null keys, null values: for grouping, windows and sets.
  facts: {
    columns:
      'id INTEGER, k INTEGER, g VARCHAR, v INTEGER, w BIGINT, p DECIMAL(10, 2), x DOUBLE, day DATE, flag BOOLEAN',
    rows: `SELECT range, CASE WHEN range % 7 = 6 THEN NULL ELSE range % 4 END,
      CASE WHEN range % 11 = 10 THEN NULL ELSE ['x', 'y', 'z', '', 'Z'][range % 5 + 1] END,
      CASE WHEN range % 5 = 4 THEN NULL ELSE range * 7 % 13 - 5 END, range * 31 % 17 * 1000000007,
      CASE WHEN range % 9 = 8 THEN NULL ELSE (range * 37 % 101 - 50) / 4 END,
      CASE WHEN range = 12 THEN 'NaN'::DOUBLE WHEN range = 13 THEN '-0.0'::DOUBLE WHEN range = 14 THEN NULL ELSE (range * 13 % 23 - 11) / 8 END,
      DATE '2024-01-28' + (range % 6)::INTEGER, range % 3 = 0 FROM range(30)`,
  },
  // The other side of joins: keys that are missing, double and NULL.
  dims: {
    columns: 'k INTEGER, name VARCHAR, rank INTEGER',
    rows: `VALUES (0, 'zero', 1), (1, 'one', 2), (1, 'uno', NULL), (2, 'two', 3), (5, 'five', 4), (NULL, 'none', 5),
      (NULL, NULL, 6), (3, NULL, NULL)`,
  },
  nothing: { columns: 'k INTEGER, name VARCHAR, x DOUBLE', rows: `SELECT 1, 'a', 1.5 WHERE false` },
  nested: {
    columns: `id INTEGER, arr INTEGER[], words VARCHAR[], st STRUCT(a INTEGER, b VARCHAR), mp MAP(VARCHAR, INTEGER),
      recs STRUCT(n INTEGER, m VARCHAR)[], deep INTEGER[][]`,
    rows: `VALUES
      (1, [1, 2, 3], ['a', NULL, 'c'], {'a': 1, 'b': 'x'}, MAP {'k': 1, 'l': 2}, [{'n': 1, 'm': 'p'}, {'n': 2, 'm': NULL}], [[1], [2, 3]]),
      (2, [], [], {'a': NULL, 'b': ''}, MAP {}, [], []),
      (3, [NULL, 5, 5], ['ü'], {'a': -3, 'b': NULL}, MAP {'z': NULL}, [NULL], [NULL, []]),
      (4, NULL, NULL, NULL, NULL, NULL, NULL)`,
  },
  // For pivots: cells that are missing, double and NULL.
  sales: {
    columns: 'year INTEGER, quarter INTEGER, region VARCHAR, amount DECIMAL(8, 2)',
    rows: `VALUES (2023, 1, 'north', 10.50), (2023, 2, 'north', 20.00), (2023, 1, 'south', NULL), (2024, 1, 'north', 5.25),
      (2024, 2, 'south', 7.75), (2024, 4, 'south', 100.00), (NULL, 1, 'north', 1.00), (2024, 1, NULL, 2.00), (2023, 1, 'north', 4.50)`,
  },
}

/** Rows of a table lie in so many files, so that executors have something to share. */
export const FILES = 3

/** Writes each table as a directory of Parquet files. */
export const writeTables = async (directory: string): Promise<void> => {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' })
  const connection = await instance.connect()
  await connection.run("SET TimeZone = 'UTC'")
  for (const [name, { columns, rows }] of Object.entries(TABLES)) {
    await mkdir(join(directory, name), { recursive: true })
    await connection.run(`CREATE TABLE ${name} (${columns})`)
    await connection.run(`INSERT INTO ${name} ${rows}`)
    for (let file = 0; file < FILES; file++) {
      const path = join(directory, name, `part-${file}.parquet`)
      await connection.run(
        `COPY (SELECT * FROM ${name} WHERE rowid % ${FILES} = ${file} ORDER BY rowid) TO '${path}' (FORMAT parquet)`,
      )
    }
  }
  connection.closeSync()
  instance.closeSync()
}
