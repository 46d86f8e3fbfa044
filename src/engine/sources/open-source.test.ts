import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Connection, Database } from '../duckdb/database.ts'
import { quoteText } from '../duckdb/quote.ts'
import type { FileFormat, FileOptions } from '../sql/statement.ts'
import { readFiles } from './file-source.ts'
import { openSparkSource } from './open-source.ts'

describe('files as Spark reads them', () => {
  let directory: string
  let database: Database
  let connection: Connection

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'bellows-source-'))
    database = await Database.open({ threads: 1, memoryLimit: 2 ** 28, spillDirectory: join(directory, 'spill') })
    connection = await database.connect()
  })

  afterAll(async () => {
    connection.close()
    database.close()
    await rm(directory, { recursive: true })
  })

  const put = async (name: string, text: string) => {
    const path = join(directory, name)
    await mkdir(join(path, '..'), { recursive: true })
    await writeFile(path, text)
    return path
  }

  const open = async (format: FileFormat, path: string, options: FileOptions = {}) => {
    const fetch = () => Promise.reject(new Error('no network here'))
    const source = await openSparkSource({ connection, fetch }, format, [path], options)
    const rows = await connection.rows(
      `SELECT * FROM (${readFiles(
        source.template,
        source.files.map((file) => file.path),
      )})`,
    )
    const parts: unknown[] = []
    for (const file of source.files) {
      if (source.partTemplate !== undefined)
        parts.push(...(await connection.rows(readFiles(source.partTemplate, [file.path]))))
    }
    return { source, rows, parts, schema: source.columns.map(({ name, type }) => `${name} ${type}`).join(', ') }
  }

  it('takes CSV for text without header unless told otherwise', async () => {
    const path = await put('plain.csv', 'a,1\n"b,""c""",\n')
    const { schema, rows } = await open('csv', path)
    expect(schema).toBe('_c0 VARCHAR, _c1 VARCHAR')
    expect(rows).toEqual([
      ['a', '1'],
      ['b,"c"', null],
    ])
  })

  it('reads CSV with header, types, another delimiter, or a schema', async () => {
    const path = await put('typed.csv', 'name|n\nx|1\ny|2\n')
    expect((await open('csv', path, { header: 'true', inferSchema: 'true', sep: '|' })).schema).toBe(
      'name VARCHAR, n BIGINT',
    )
    expect((await open('csv', path, { header: 'true', sep: '|' })).schema).toBe('name VARCHAR, n VARCHAR')
    const given = await open('csv', path, { header: 'true', sep: '|', schema: 'name STRING, n DECIMAL(5,2)' })
    expect(given.schema).toBe('name VARCHAR, n DECIMAL(5,2)')
  })

  it('reads several CSV files part by part where they are alike, and only together where not', async () => {
    await put('alike/1.csv', 'day,n\n2024-01-01,1\n')
    await put('alike/2.csv', 'day,n\n2024-01-02,x\n')
    const alike = await open('csv', join(directory, 'alike'), { header: 'true' })
    expect(alike.parts).toEqual(alike.rows)
    await put('unlike/1.csv', 'day,n\n2024-01-01,1\n')
    await put('unlike/2.csv', 'n,day\n2,2024-01-02\n')
    const unlike = await open('csv', join(directory, 'unlike'), { header: 'true' }).catch((error) => error)
    if (unlike instanceof Error) expect(unlike.message).toContain('cannot read csv')
    else expect(unlike.source.partTemplate).toBeUndefined()
  })

  it('reads directories with partitions in their paths, hidden files apart', async () => {
    for (const [part, range] of [
      ['p=01', 'range(3)'],
      ['p=x', 'range(3, 5)'],
    ] as const) {
      await mkdir(join(directory, 'hive', part), { recursive: true })
      await connection.read(
        `COPY (SELECT range AS id FROM ${range}) TO ${quoteText(join(directory, 'hive', part, 'f.parquet'))}`,
      )
    }
    await put('hive/_SUCCESS', '')
    await put('hive/_temporary/x', 'junk')
    const { schema, rows, parts } = await open('parquet', join(directory, 'hive'))
    expect(schema).toBe('id BIGINT, p VARCHAR')
    expect(rows).toEqual([
      [0n, '01'],
      [1n, '01'],
      [2n, '01'],
      [3n, 'x'],
      [4n, 'x'],
    ])
    expect(parts).toEqual(rows)
  })

  it('does not cut Parquet files of different schemas', async () => {
    await mkdir(join(directory, 'mixed'))
    await connection.read(`COPY (SELECT 1::INTEGER AS a) TO ${quoteText(join(directory, 'mixed', '1.parquet'))}`)
    await connection.read(`COPY (SELECT 1::BIGINT AS a) TO ${quoteText(join(directory, 'mixed', '2.parquet'))}`)
    const { source } = await open('parquet', join(directory, 'mixed'))
    expect(source.partTemplate).toBeUndefined()
    expect(source.whyWhole).toContain('different schemas')
  })

  it('reads JSON lines, JSON arrays and text', async () => {
    expect((await open('json', await put('a.json', '{"a": 1}\n{"a": 2, "b": "x"}\n'))).rows).toEqual([
      [1n, null],
      [2n, 'x'],
    ])
    expect((await open('json', await put('b.json', '[{"a": 1}, {"a": 2}]'))).rows).toEqual([[1n], [2n]])
    expect((await open('text', await put('a.txt', 'a "b\n\nc,d\n'))).rows).toEqual([['a "b'], [null], ['c,d']])
  })

  it('cuts JSON by files where no dates have to be recognised', async () => {
    await put('jsons/1.json', '{"a": 1}\n')
    await put('jsons/2.json', '{"a": 2.5}\n')
    const { rows, parts, schema } = await open('json', join(directory, 'jsons'))
    expect(schema).toBe('a DOUBLE')
    expect(parts).toEqual(rows)
    await put('dated/1.json', '{"t": "2024-01-01"}\n')
    await put('dated/2.json', '{"t": "2024-01-02"}\n')
    expect((await open('json', join(directory, 'dated'))).source.whyWhole).toContain('dates')
  })

  it('names what is wrong', async () => {
    await expect(open('parquet', join(directory, 'no', 'such'))).rejects.toThrow('Path does not exist: ')
    await expect(open('parquet', join(directory, 'no*.parquet'))).rejects.toThrow('Path does not exist: ')
    await expect(open('parquet', await put('bad.parquet', 'hello, this is no parquet'))).rejects.toThrow(
      /cannot read parquet .*bad\.parquet/,
    )
    await expect(open('csv', 's3a://bucket/x.csv')).rejects.toThrow('no file system for s3a://')
    await mkdir(join(directory, 'void'))
    await expect(open('csv', join(directory, 'void'))).rejects.toThrow('holds no data files')
    const path = await put('c.csv', '1\n')
    await expect(open('csv', path, { mode: 'PERMISSIVE' })).rejects.toThrow('mode PERMISSIVE is not supported')
    await expect(open('csv', path, { samplingRatio: '0.1' })).rejects.toThrow(
      'the option "samplingratio" of csv files is not supported',
    )
    await expect(open('csv', path, { schema: 'a MAP<INT,INT>' })).rejects.toThrow('is not a type')
  })
})
