import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { StorageLevel } from '../index.ts'
import { PLACES, type SessionFixture, startSession } from '../testing/session-fixture.ts'

describe.each(PLACES)('persisted DataFrames $where', ({ instances, conf }) => {
  let fixture: SessionFixture

  beforeAll(async () => {
    fixture = await startSession(instances, conf)
  }, 60_000)

  afterAll(() => fixture.close())

  const cached = async (): Promise<readonly { readonly storageLevel: string; readonly diskUsed: number }[]> => {
    const { engine } = fixture
    const [{ id } = { id: '' }] = (await (await fetch(`${engine.url}/api/v1/applications`)).json()) as { id: string }[]
    const answer = await fetch(`${engine.url}/api/v1/applications/${id}/storage/rdd`)
    return (await answer.json()) as { storageLevel: string; diskUsed: number }[]
  }

  it.each(['MEMORY_ONLY', 'MEMORY_AND_DISK', 'DISK_ONLY', 'MEMORY_ONLY_SER', 'MEMORY_AND_DISK_2'] as const)(
    'computes once at %s, is listed, and leaves nothing',
    async (name) => {
      const { spark, engine } = fixture
      const level = StorageLevel[name]
      const frame = spark.range(0, 1000, 1, 3).selectExpr('id', 'rand() AS r').persist(level)
      expect(frame.storageLevel).toBe(level)
      expect(() => frame.persist(StorageLevel.DISK_ONLY_3)).toThrow('unpersist it before it gets another level')
      const before = await readdir(engine.options.directory, { recursive: true })
      expect(await cached()).toEqual([])
      const sums = [await frame.selectExpr('sum(r) AS s').collect(), await frame.selectExpr('sum(r) AS s').collect()]
      expect(sums[0]).toEqual(sums[1])
      const [listed] = await cached()
      expect(listed).toMatchObject({ storageLevel: 'Disk 1x Replicated' })
      expect(listed?.diskUsed).toBeGreaterThan(8000)
      frame.unpersist()
      await spark.settle()
      expect(frame.storageLevel).toBe(StorageLevel.NONE)
      expect(await cached()).toEqual([])
      const after = await readdir(engine.options.directory, { recursive: true })
      expect(after.filter((file) => !before.includes(file) && file.includes('.parquet'))).toEqual([])
      expect(await frame.count()).toBe(1000)
    },
  )

  it('lets an action that runs end before its rows go', async () => {
    const { spark } = fixture
    const frame = spark.range(0, 2000, 1, 4).cache()
    await frame.count()
    const running = frame.selectExpr('sum(id) AS s').collect()
    frame.unpersist()
    expect(await running).toEqual([{ s: 1_999_000 }])
    await spark.settle()
  })

  it('writes checkpoints that need no lineage, where it is told to', async () => {
    const { spark } = fixture
    const frame = spark.range(0, 100, 1, 2).selectExpr('id', 'rand() AS r', 'id AS id')
    await expect(frame.checkpoint()).rejects.toThrow('checkpoint needs a directory')
    const directory = join(fixture.directory, 'checkpoints')
    spark.sparkContext.setCheckpointDir(directory)
    const kept = await frame.checkpoint()
    expect(await kept.columns()).toEqual(['id', 'r', 'id'])
    const sums = [await kept.selectExpr('sum(r) AS s').collect(), await kept.selectExpr('sum(r) AS s').collect()]
    expect(sums[0]).toEqual(sums[1])
    expect((await readdir(directory)).length).toBe(1)
  })
})
