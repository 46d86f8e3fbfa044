import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Connection, Database } from '../../duckdb/database.ts'
import type { OpenContext } from '../data-source.ts'
import { readFiles } from '../file-source.ts'
import { deltaSource } from './delta-source.ts'

let [directory, database, connection]: [string, Database, Connection] = [] as never

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bellows-delta-'))
  database = await Database.open({ threads: 1, memoryLimit: 2 ** 28, spillDirectory: join(directory, 'spill') })
  connection = await database.connect()
})

afterAll(async () => {
  connection.close()
  database.close()
  await rm(directory, { recursive: true })
})

const table = async (name: string, actions: readonly object[], rows: string): Promise<string> => {
  const path = join(directory, name)
  await mkdir(join(path, '_delta_log'), { recursive: true })
  await connection.rows(`COPY (${rows}) TO '${join(path, 'x.parquet')}' (FORMAT parquet)`)
  await writeFile(
    join(path, '_delta_log', `${'0'.repeat(20)}.json`),
    actions.map((one) => JSON.stringify(one)).join('\n'),
  )
  return path
}

const open = (path: string) => {
  const file = async ({ path: local }: { readonly path: string }) => local
  const context = { connection, conf: {}, metadata: file, whole: file } as unknown as OpenContext
  return deltaSource.open(context, { paths: [path], options: {}, schema: undefined })
}

const read = async (path: string) => {
  const source = await open(path)
  const templates = source.files.map(({ template }) => template)
  const sql = readFiles(
    source.template,
    source.files.map((file) => file.path),
    templates,
  )
  return connection.rows(`SELECT * FROM (${sql}) ORDER BY 1`)
}

const metaData = (fields: readonly object[], configuration = {}) => ({
  metaData: { id: 'i', schemaString: JSON.stringify({ type: 'struct', fields }), partitionColumns: [], configuration },
})
const add = (more = {}) => ({ add: { path: 'x.parquet', partitionValues: {}, size: 1, modificationTime: 0, ...more } })
const protocol = (readerFeatures: readonly string[]) => ({
  protocol: { minReaderVersion: 3, minWriterVersion: 7, readerFeatures, writerFeatures: readerFeatures },
})
const long = (name: string, metadata = {}) => ({ name, type: 'long', nullable: true, metadata })

describe('Delta tables', () => {
  it('leaves rows of deletion vectors out', async () => {
    const deletionVector = {
      storageType: 'i',
      pathOrInlineDv: '^Bg9^0rr910000000000iXQKl0rr91000f55c8Xg0@@D72lkbi5=-{L',
      sizeInBytes: 44,
      cardinality: 6,
    }
    const rows = 'SELECT i AS id FROM range(30) t(i)'
    const path = await table(
      'dv',
      [protocol(['deletionVectors']), metaData([long('id')]), add({ deletionVector })],
      rows,
    )
    const found = (await read(path)).map(([id]) => Number(id))
    expect(found).toHaveLength(24)
    expect(found.filter((id) => [3, 4, 7, 11, 18, 29].includes(id))).toEqual([])
  })

  it('reads columns that files call otherwise, and new ones as null', async () => {
    const fields = [
      long('id', { 'delta.columnMapping.physicalName': 'col-1' }),
      long('new', { 'delta.columnMapping.physicalName': 'col-2' }),
    ]
    const mode = { 'delta.columnMapping.mode': 'name' }
    const path = await table(
      'mapped',
      [protocol(['columnMapping']), metaData(fields, mode), add()],
      'SELECT 7::BIGINT AS "col-1"',
    )
    expect(await read(path)).toEqual([[7n, null]])
  })

  it('refuses table features it does not know by their names', async () => {
    const path = await table('odd', [protocol(['variantType']), metaData([long('id')]), add()], 'SELECT 1 AS id')
    await expect(open(path)).rejects.toThrow(/uses the table feature variantType, which cannot be read/)
  })

  it('leaves out files that the log says hold nothing of what is wanted', async () => {
    const stats = JSON.stringify({ numRecords: 1, minValues: { id: 5 }, maxValues: { id: 9 }, nullCount: { id: 0 } })
    const wide =
      '{"numRecords":1,"minValues":{"id":9007199254740993},"maxValues":{"id":9007199254740993},"nullCount":{"id":0}}'
    const other = { ...add({ stats: wide }).add, path: 'y.parquet' }
    const path = await table(
      'skip',
      [protocol([]), metaData([long('id')]), add({ stats }), { add: other }],
      'SELECT 5::BIGINT AS id',
    )
    const source = await open(path)
    const files = (text: string, how: '=' | '<') => {
      const value = { kind: 'number', text } as const
      const filters = [{ kind: 'compare', column: 'id', how, value }] as const
      return deltaSource
        .narrow?.(source, { columns: ['id'], filters, limit: undefined })
        .files.map(({ path: one }) => one.at(-9))
    }
    expect(files('7', '=')).toEqual(['x'])
    expect(files('9007199254740993', '=')).toEqual(['y'])
    expect(files('9007199254740992', '=')).toEqual(['x'])
    expect(files('100', '<')).toEqual(['x'])
  })
})
