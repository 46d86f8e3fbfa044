import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Connection, Database } from '../duckdb/database.ts'
import { quoteText } from '../duckdb/quote.ts'
import type { FileFormat, FileOptions } from './file-format.ts'
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
    const source = await openSparkSource({ connection, fetch, objects: fetch }, format, [path], options)
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
    await expect(open('csv', join(directory, 'unlike'), { header: 'true' })).rejects.toThrow(
      /cannot read csv .*unlike\/2\.csv, line 1: its header \(n, day\) is not that of .*unlike\/1\.csv \(day, n\)/,
    )
  })

  const RAGGED = 'a,b,c\n1,2,3\n4,5\n6,7,8,9\n'
  const ADVICE = 'use mode DROPMALFORMED to drop such rows'

  it.each([
    ['without header', {}],
    ['with a header', { header: 'true' }],
    ['with types to find out', { header: 'true', inferSchema: 'true' }],
    ['with FAILFAST', { mode: 'FAILFAST' }],
    ['with a schema', { header: 'true', schema: 'a INT, b INT, c INT' }],
  ])('a ragged CSV is an error with file, line and what to do: %s', async (_, options) => {
    const path = await put('ragged.csv', RAGGED)
    const error = await open('csv', path, options).catch((thrown: Error) => thrown)
    expect(error).toBeInstanceOf(Error)
    const [line] = (error as Error).message.split('\n')
    expect(line).toContain(`${path}, line 3: 2 columns where 3 are expected; ${ADVICE}`)
  })

  it('drops malformed rows of a CSV where told so, and only those', async () => {
    const path = await put('ragged.csv', RAGGED)
    const { rows, parts, schema } = await open('csv', path, { header: 'true', mode: 'DROPMALFORMED' })
    expect(schema).toBe('a VARCHAR, b VARCHAR, c VARCHAR')
    expect(rows).toEqual([['1', '2', '3']])
    expect(parts).toEqual(rows)
    const typed = await open('csv', path, { header: 'true', inferSchema: 'true', mode: 'dropmalformed' })
    expect(typed.rows).toEqual([[1n, 2n, 3n]])
    await put('dropped/1.csv', '1,2\n3\n')
    await put('dropped/2.csv', 'junk\n5,6\n')
    const several = await open('csv', join(directory, 'dropped'), { mode: 'DROPMALFORMED' })
    expect(several.rows).toEqual([
      ['1', '2'],
      ['5', '6'],
    ])
  })

  it('skips no first line that does not fit', async () => {
    const titled = await put('titled.csv', 'A title\na,b\n1,2\n')
    await expect(open('csv', titled)).rejects.toThrow(`${titled}, line 2: 2 columns where 1 is expected`)
    await expect(open('csv', titled, { header: 'true' })).rejects.toThrow(`${titled}, line 2: 2 columns where 1`)
    const wide = await put('wide.csv', 'a,b,c,d\n1,2,3\n')
    await expect(open('csv', wide, { header: 'true' })).rejects.toThrow(`${wide}, line 2: 3 columns where 4`)
    await expect(open('csv', wide, { header: 'true', schema: 'a INT, b INT, c INT' })).rejects.toThrow(
      `${wide}, line 1: the header has 4 columns, the schema 3`,
    )
  })

  it.each([
    ['fewer', 'x,y\n'],
    ['more', 'x,y,z,w\n'],
  ])('names the file of a directory that has %s columns than the first', async (name, text) => {
    await put(`${name}/1.csv`, 'a,b,c\n')
    const second = await put(`${name}/2.csv`, text)
    const count = text.split(',').length
    const all: readonly FileOptions[] = [{}, { inferSchema: 'true' }, { schema: 'a STRING, b STRING, c STRING' }]
    for (const options of all)
      await expect(open('csv', join(directory, name), options)).rejects.toThrow(
        `${second}, line 1: ${count} columns where`,
      )
    await expect(open('csv', join(directory, name), { header: 'true' })).rejects.toThrow(
      `${second}, line 1: its header`,
    )
  })

  it('reads what CSV files hold beside plain rows: line breaks, blank lines, comments, compression, partitions', async () => {
    const path = await put('odd.csv', '\ufeff\r\n#note\r\n"a ""x""\r\n1";a;\r\n1;"y\r\nz";3\r\n\r\n4;5;\r\n')
    const { schema, rows } = await open('csv', path, { header: 'true', sep: ';', comment: '#' })
    expect(schema.replace('\r', '')).toBe('a "x"\n1 VARCHAR, a VARCHAR, _c2 VARCHAR')
    expect(rows).toEqual([
      ['1', 'y\r\nz', '3'],
      ['4', '5', null],
    ])
    const packed = join(directory, 'packed.csv.gz')
    await writeFile(packed, gzipSync('a\tA\n1\t2\n'))
    expect((await open('csv', packed, { header: 'true', sep: '\\t' })).schema).toBe('a0 VARCHAR, A1 VARCHAR')
    await put('cut/p=1/1.csv', 'a,b\n1,2\n')
    await put('cut/p=x/1.csv', 'a,b\n3,4\n')
    for (const inferSchema of ['false', 'true']) {
      const cut = await open('csv', join(directory, 'cut'), { header: 'true', inferSchema })
      expect(cut.rows.map((row) => row.map(String))).toEqual([
        ['1', '2', '1'],
        ['3', '4', 'x'],
      ])
      if (cut.source.partTemplate !== undefined) expect(cut.parts).toEqual(cut.rows)
    }
    const empty = await put('empty.csv', '')
    await expect(open('csv', empty)).rejects.toThrow('the file is empty, so its columns are not known: give a schema')
    expect((await open('csv', empty, { schema: 'a INT' })).rows).toEqual([])
    const open1 = await put('open.csv', '"a,b\n1,2\n')
    await expect(open('csv', open1)).rejects.toThrow(`${open1}, line 1: its first row does not end`)
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
    await expect(open('csv', 'hdfs://bucket/x.csv')).rejects.toThrow('no file system for hdfs://')
    await mkdir(join(directory, 'void'))
    await expect(open('csv', join(directory, 'void'))).rejects.toThrow('holds no data files')
    const path = await put('c.csv', '1\n')
    await expect(open('csv', path, { mode: 'PERMISSIVE' })).rejects.toThrow(
      /mode PERMISSIVE is not supported .*FAILFAST .* or DROPMALFORMED/,
    )
    await expect(open('csv', path, { samplingRatio: '0.1' })).rejects.toThrow(
      'the option "samplingratio" of csv files is not supported',
    )
    await expect(open('csv', path, { schema: 'a MAP<INT,INT>' })).rejects.toThrow(
      '[UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE]',
    )
  })
})
