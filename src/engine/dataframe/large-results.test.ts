import { readdir } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PLACES, type SessionFixture, startSession } from '../testing/session-fixture.ts'

describe.each(PLACES)('large results $where', ({ instances, conf }) => {
  let fixture: SessionFixture

  beforeAll(async () => {
    fixture = await startSession(instances, { ...conf, 'spark.driver.maxResultSize': '100k' })
  }, 60_000)

  afterAll(() => fixture.close())

  const rows = () => fixture.spark.range(0, 200_000, 1, 4).selectExpr('id', 'hex(id * 7919) AS h')

  it('refuses to collect more than spark.driver.maxResultSize, and says what to do', async () => {
    await expect(rows().collect()).rejects.toThrow(
      /more than spark\.driver\.maxResultSize \(102400\): aggregate or limit in the query, write to files/,
    )
    expect(await rows().limit(3).collect()).toHaveLength(3)
  })

  it('iterates over them all the same, and over the first alone, and leaves no file', async () => {
    const { directory } = fixture.engine.options
    const files = async () =>
      (await readdir(directory, { recursive: true })).filter((name) => name.includes('.parquet'))
    const before = await files()
    let sum = 0
    for await (const { id } of rows().toLocalIterator()) sum += Number(id)
    expect(sum).toBe((200_000 * 199_999) / 2)
    for await (const row of rows().toLocalIterator()) {
      expect(Object.keys(row)).toEqual(['id', 'h'])
      break
    }
    expect(await files()).toEqual(before)
  })
})
