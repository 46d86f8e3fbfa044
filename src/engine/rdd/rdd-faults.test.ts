import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { type ForkedBackend, forkedBackend } from '../testing/forked-backend.ts'
import { StorageLevel } from './storage-level.ts'
import { type SparkFixture, startSpark } from './testing/spark-fixture.ts'

let spark: SparkFixture
afterEach(() => spark.close())

const start = async (): Promise<ForkedBackend> => {
  let backend: ForkedBackend | undefined
  spark = await startSpark(2, {}, (directory, token) => {
    backend = forkedBackend(directory, token)
    return backend
  })
  await expect.poll(() => spark.engine.pool.workers().length, { timeout: 60_000 }).toBe(2)
  return backend!
}

/** Executors that ran a task well, by stage. */
const ranOn = (stage: number): readonly number[] =>
  spark.engine.events
    .all()
    .flatMap((event) =>
      event.event === 'task-end' && event.stage === stage && event.status === 'SUCCESS' ? [event.executor] : [],
    )

test('an executor that dies costs what it held: shuffles and persisted blocks are made again', async () => {
  const backend = await start()
  const calls = spark.sc.longAccumulator()
  const kept = spark.sc
    .parallelize(
      Array.from({ length: 1000 }, (_, i) => i),
      4,
    )
    .map((x) => [x % 10, x])
    .reduceByKey((a, b) => a + b, 3)
    .mapValues((value) => {
      calls.add(1)
      return value + 1
    })
    .persist(StorageLevel.MEMORY_ONLY)
  const expected = new Map(Array.from({ length: 10 }, (_, k) => [k, 100 * k + 49_500 - 0 + 1]))
  for (let k = 0; k < 10; k++)
    expected.set(k, Array.from({ length: 100 }, (_, i) => k + 10 * i).reduce((a, b) => a + b) + 1)
  expect(await kept.collectAsMap()).toEqual(expected)
  expect(calls.value).toBe(10)
  const victim = ranOn(0)[0] ?? 1
  expect(backend.kill(victim)).toBe(true)
  expect(await kept.collectAsMap()).toEqual(expected)
  expect(await kept.count()).toBe(10)
}, 120_000)

const shuffleBlocks = async (directory: string): Promise<readonly string[]> => {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => /shuffle-\d+\/\d+-\d+\/\d+$/.test(path))
}

test('a block that is gone makes its map task run again, and nothing counts twice', async () => {
  spark = await startSpark(2)
  const counted = spark.sc.longAccumulator()
  const sums = spark.sc
    .parallelize(
      Array.from({ length: 100 }, (_, i) => i),
      4,
    )
    .map((x) => {
      counted.add(1)
      return [x % 5, x]
    })
    .reduceByKey((a, b) => a + b, 2)
  const before = await sums.collectAsMap()
  const [block] = await shuffleBlocks(spark.directory)
  await rm(block!)
  expect(await sums.collectAsMap()).toEqual(before)
  expect(spark.engine.events.all().filter((event) => event.event === 'stage-resubmitted')).toHaveLength(1)
  expect(counted.value).toBe(100)
}, 120_000)

test('shuffles go when nobody refers to them', async () => {
  spark = await startSpark(2)
  await spark.sc
    .range(0, 10, 1, 2)
    .map((x) => [x % 2, x])
    .groupByKey()
    .count()
  expect((await shuffleBlocks(spark.directory)).length).toBeGreaterThan(0)
  await spark.sc.stop()
  await expect.poll(() => shuffleBlocks(spark.directory), { timeout: 20_000 }).toEqual([])
}, 120_000)
