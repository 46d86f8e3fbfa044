import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Connection, Database } from '../../src/engine/duckdb/database.ts'
import { judge, readCases } from '../functions/cases.ts'
import { evaluate, TIME_ZONE } from '../functions/evaluate.ts'
import { KNOWN_DIFFERENCES } from '../functions/known-differences.ts'

let directory: string
let database: Database
let connection: Connection

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bellows-functions-'))
  database = await Database.open({ threads: 1, memoryLimit: 2 ** 30, spillDirectory: directory })
  connection = await database.connect()
  await connection.read(`SET TimeZone = '${TIME_ZONE}'`)
})

afterAll(async () => {
  connection.close()
  database.close()
  await rm(directory, { recursive: true, force: true })
})

const known = new Set(KNOWN_DIFFERENCES)

for (const [family, cases] of readCases()) {
  test(`${family}: each of ${cases.length} cases is Spark's answer or a refusal`, async () => {
    const different: string[] = []
    const mended: string[] = []
    let same = 0
    for (const one of cases) {
      const verdict = judge(one, await evaluate(connection, one.sql))
      if (verdict === 'same') same++
      if (typeof verdict === 'object') {
        if (!known.has(one.sql)) different.push(verdict.difference)
      } else if (known.has(one.sql)) mended.push(one.sql)
    }
    expect(different.join('\n')).toBe('')
    expect(mended, 'take these out of known-differences.ts').toEqual([])
    expect(same).toBeGreaterThanOrEqual(cases.length * 0.8)
  }, 600_000)
}
