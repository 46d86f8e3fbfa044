import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { AccumulatorV2 } from './accumulator.ts'
import { HashPartitioner, RangePartitioner } from './keys/partitioner.ts'
import type { RDD } from './rdd.ts'
import { StorageLevel } from './storage-level.ts'
import { type SparkFixture, startSpark } from './testing/spark-fixture.ts'

let spark: SparkFixture
beforeAll(async () => {
  spark = await startSpark(2)
})
afterAll(() => spark.close())
const pairs = (): RDD<[string, number]> =>
  spark.sc.parallelize<[string, number]>(
    [
      ['a', 1],
      ['b', 2],
      ['a', 3],
      ['c', 4],
    ],
    3,
  )
const TIMEOUT = 120_000

test(
  'actions',
  async () => {
    const { sc } = spark
    const numbers = sc.range(0, 100, 1, 4)
    expect(await numbers.count()).toBe(100)
    expect(await numbers.reduce((a, b) => a + b)).toBe(4950)
    expect(await numbers.fold(0, (a, b) => a + b)).toBe(4950)
    expect(
      await numbers.aggregate(
        [0],
        (list, x) => [list[0]! + x],
        (a, b) => [a[0]! + b[0]!],
      ),
    ).toEqual([4950])
    expect(await numbers.treeReduce((a, b) => Math.max(a, b))).toBe(99)
    expect(
      await numbers.treeAggregate(
        0,
        (a, b) => a + b,
        (a, b) => a + b,
        2,
      ),
    ).toBe(4950)
    expect(await numbers.take(30)).toEqual(Array.from({ length: 30 }, (_, i) => i))
    expect(await numbers.first()).toBe(0)
    expect(await numbers.top(3)).toEqual([99, 98, 97])
    expect(await numbers.takeOrdered(2, (a, b) => b - a)).toEqual([99, 98])
    expect([await numbers.max(), await numbers.min()]).toEqual([99, 0])
    expect(await Array.fromAsync(sc.range(0, 6, 1, 3).toLocalIterator())).toEqual([0, 1, 2, 3, 4, 5])
    expect(await sc.emptyRDD().isEmpty()).toBe(true)
    await expect(sc.emptyRDD<number>().reduce((a, b) => a + b)).rejects.toThrow('empty collection')
    await expect(sc.emptyRDD().first()).rejects.toThrow('empty collection')
  },
  TIMEOUT,
)

test(
  'pairs: counts, lookups, cogroups',
  async () => {
    expect(await pairs().reduceByKeyLocally((a, b) => a + b)).toEqual(
      new Map([
        ['a', 4],
        ['b', 2],
        ['c', 4],
      ]),
    )
    expect(await pairs().countByKey()).toEqual(
      new Map([
        ['a', 2],
        ['b', 1],
        ['c', 1],
      ]),
    )
    expect(await pairs().keys().countByValue()).toEqual(
      new Map([
        ['a', 2],
        ['b', 1],
        ['c', 1],
      ]),
    )
    expect((await pairs().lookup('a')).sort()).toEqual([1, 3])
    expect(await pairs().partitionBy(new HashPartitioner(5)).lookup('b')).toEqual([2])
    const other = spark.sc.parallelize<[string, string]>(
      [
        ['a', 'x'],
        ['d', 'y'],
      ],
      2,
    )
    const cogrouped = await pairs().cogroup(other).collectAsMap()
    expect(cogrouped.get('a')).toEqual([[1, 3], ['x']])
    expect(cogrouped.get('d')).toEqual([[], ['y']])
    const tuples = spark.sc.parallelize<[[number, string], number]>(
      [
        [[1, 'a'], 1],
        [[1, 'a'], 2],
        [[2, 'a'], 3],
      ],
      2,
    )
    expect(
      new Map((await tuples.reduceByKey((a, b) => a + b).collect()).map(([key, value]) => [key.join(), value])),
    ).toEqual(
      new Map([
        ['1,a', 3],
        ['2,a', 3],
      ]),
    )
    const sorted = pairs().repartitionAndSortWithinPartitions(new HashPartitioner(2))
    for (const part of await sorted.glom().collect()) {
      const keys = part.map((pair) => pair[0])
      expect(keys).toEqual(keys.toSorted())
    }
  },
  TIMEOUT,
)

test(
  'numbers',
  async () => {
    const numbers = spark.sc.parallelize([1, 2, 3, 4, 10], 3)
    const stats = await numbers.stats()
    expect([stats.count, stats.mean, stats.max, stats.min]).toEqual([5, 4, 10, 1])
    expect(stats.variance).toBeCloseTo(10)
    expect(await numbers.sum()).toBe(20)
    expect(await numbers.histogram(3)).toEqual([
      [1, 4, 7, 10],
      [3, 1, 1],
    ])
    expect(await numbers.histogram([0, 3, 10])).toEqual([
      [0, 3, 10],
      [2, 3],
    ])
  },
  TIMEOUT,
)

test(
  'samples are those of the seed',
  async () => {
    const numbers = spark.sc.range(0, 1000, 1, 4)
    const once = await numbers.sample(false, 0.1, 7).collect()
    expect(await numbers.sample(false, 0.1, 7).collect()).toEqual(once)
    expect(once.length).toBeGreaterThan(50)
    expect(once.length).toBeLessThan(160)
    const [left, right] = numbers.randomSplit([1, 3], 5) as [RDD<number>, RDD<number>]
    const [a, b] = [await left.collect(), await right.collect()]
    expect([...a, ...b].sort((x, y) => x - y)).toEqual(await numbers.collect())
    const drawn = await numbers.takeSample(false, 20, 3)
    expect(new Set(drawn).size).toBe(20)
    expect(await numbers.takeSample(true, 5, 3)).toHaveLength(5)
  },
  TIMEOUT,
)

test(
  'zips, pipes, cartesian products and whole partitions',
  async () => {
    const { sc } = spark
    const letters = sc.parallelize(['a', 'b', 'c', 'd', 'e'], 2)
    expect(await letters.zipWithIndex().collect()).toEqual([
      ['a', 0],
      ['b', 1],
      ['c', 2],
      ['d', 3],
      ['e', 4],
    ])
    expect((await letters.zipWithUniqueId().collect()).map((pair) => pair[1])).toEqual([0, 2, 1, 3, 5])
    expect(await letters.zip(letters.map((each) => each.toUpperCase())).take(2)).toEqual([
      ['a', 'A'],
      ['b', 'B'],
    ])
    await expect(letters.zip(sc.parallelize([1], 1)).collect()).rejects.toThrow(/unequal numbers of partitions/)
    await expect(letters.zip(sc.parallelize([1, 2], 2)).collect()).rejects.toThrow(/same number of elements/)
    expect(await letters.pipe('tr a-z A-Z').collect()).toEqual(['A', 'B', 'C', 'D', 'E'])
    await expect(letters.pipe(['sh', '-c', 'echo no >&2; exit 3']).collect()).rejects.toThrow(/status 3.*no/)
    expect(
      await sc
        .parallelize([1, 2], 2)
        .cartesian(sc.parallelize(['x', 'y'], 1))
        .collect(),
    ).toEqual([
      [1, 'x'],
      [1, 'y'],
      [2, 'x'],
      [2, 'y'],
    ])
    expect(
      await letters.mapPartitionsWithIndex((index, values) => [`${index}:${values.toArray().join('')}`]).collect(),
    ).toEqual(['0:ab', '1:cde'])
    const slow = letters.mapPartitions(async function* (values) {
      for (const value of values) yield await Promise.resolve(`${value}!`)
    })
    expect(await slow.collect()).toEqual(['a!', 'b!', 'c!', 'd!', 'e!'])
    expect(await sc.runJob(letters, (values) => values.toArray().length)).toEqual([2, 3])
  },
  TIMEOUT,
)

test(
  'files: text, whole, binary, objects; written whole or not at all',
  async () => {
    const { sc, directory } = spark
    const input = join(directory, 'input')
    mkdirSync(input)
    writeFileSync(join(input, 'a.txt'), 'one\ntwo\r\nthree\n')
    writeFileSync(join(input, 'b.txt.gz'), gzipSync('four\n'))
    expect((await sc.textFile(input, 4).collect()).toSorted()).toEqual(['four', 'one', 'three', 'two'])
    const whole = await sc.wholeTextFiles(join(input, '*.txt')).collect()
    expect(whole).toEqual([[join(input, 'a.txt'), 'one\ntwo\r\nthree\n']])
    const [bytes] = await sc.binaryFiles(join(input, 'a.txt')).values().collect()
    expect(bytes).toBeInstanceOf(Uint8Array)
    await expect(sc.textFile(join(directory, 'nothing')).count()).rejects.toThrow(/Path does not exist/)
    const output = join(directory, 'output')
    await sc.parallelize(['x', 'y', 'z'], 2).saveAsTextFile(output)
    expect(readdirSync(output).toSorted()).toEqual(['_SUCCESS', 'part-00000', 'part-00001'])
    expect(readFileSync(join(output, 'part-00001'), 'utf8')).toBe('y\nz\n')
    await expect(sc.range(3).saveAsTextFile(output)).rejects.toThrow(/already exists/)
    const objects = join(directory, 'objects')
    await sc.parallelize([{ a: 1n }, { a: 2n }], 2).saveAsObjectFile(objects)
    expect(await sc.objectFile(objects).collect()).toEqual([{ a: 1n }, { a: 2n }])
    const failed = join(directory, 'failed')
    const broken = sc.range(0, 10, 1, 2).map((x) => {
      if (x === 7) throw new Error('broken')
      return x
    })
    await expect(broken.saveAsTextFile(failed)).rejects.toThrow(/broken/)
    expect(existsSync(failed)).toBe(false)
  },
  TIMEOUT,
)

test(
  'a function that throws is told with its element, partition and line',
  async () => {
    const failing = spark.sc.range(0, 100, 1, 2).map((x) => {
      if (x === 67) throw new TypeError(`no ${x}`)
      return x
    })
    await expect(failing.collect()).rejects.toThrow(
      /^map: TypeError: no 67 \(rdd\.test\.ts:\d+:\d+\) at element 17 of partition 1, which is 67$/,
    )
    const reduced = spark.sc
      .parallelize<[string, number]>(
        [
          ['a', 1],
          ['a', 2],
        ],
        1,
      )
      .reduceByKey(() => {
        throw new RangeError('never')
      })
    await expect(reduced.collect()).rejects.toThrow(/reduceByKey: RangeError: never .*element 1 of partition 0/)
    expect(() => spark.sc.range(3).map(() => spark.sc)).toThrow(/`spark`\.engine|`spark`/)
  },
  TIMEOUT,
)

class Longest extends AccumulatorV2<string, string> {
  text = ''
  isZero() {
    return this.text === ''
  }
  copy() {
    const made = new Longest()
    made.text = this.text
    return made
  }
  reset() {
    this.text = ''
  }
  add(text: string) {
    if (text.length > this.text.length) this.text = text
  }
  merge(other: this) {
    this.add(other.text)
  }
  protected current() {
    return this.text
  }
}

test(
  'accumulators and broadcasts',
  async () => {
    const { sc } = spark
    const count = sc.longAccumulator('count')
    const total = sc.doubleAccumulator()
    const seen = sc.collectionAccumulator<number>()
    const longest = sc.register(new Longest())
    const words = sc.broadcast(['zero', 'one', 'two', 'three'])
    await sc.range(0, 4, 1, 3).foreach((x) => {
      count.add(1)
      total.add(x / 2)
      seen.add(x)
      longest.add(words.value[x]!)
    })
    expect([count.value, total.value, [...seen.value].sort(), longest.value]).toEqual([4, 3, [0, 1, 2, 3], 'three'])
    const functions = sc.broadcast({ twice: (x: number) => x * 2 })
    expect(
      await sc
        .range(3)
        .map((x) => functions.value.twice(x))
        .collect(),
    ).toEqual([0, 2, 4])
    await words.destroy()
    expect(() => sc.range(1).map((x) => words.value[x])).toThrow(/after it was destroyed/)
    await expect(
      sc
        .range(1)
        .map(() => count.value)
        .collect(),
    ).rejects.toThrow(/Can't read accumulator value in task/)
  },
  TIMEOUT,
)

const LEVELS = Object.entries(StorageLevel).filter(([name]) => name !== 'NONE')

test.each(LEVELS)(
  'persisted at %s it is computed once, lies where the level says, and is gone when it is unpersisted',
  async (_, level) => {
    const { sc, engine } = spark
    const runs = sc.longAccumulator()
    const kept = sc
      .range(0, 10, 1, 2)
      .map((x) => {
        runs.add(1)
        return { x }
      })
      .persist(level)
    expect(await kept.count()).toBe(10)
    expect((await kept.collect()).map(({ x }) => x)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    expect(runs.value).toBe(10)
    const holdings = () => engine.blocks.list().filter(({ id }) => id.startsWith(`rdd_${kept.id}_`))
    // There are two executors: a third copy has no place.
    expect(holdings()).toHaveLength(2 * Math.min(level.replication, 2))
    for (const { memory, disk } of holdings()) {
      expect(memory > 0).toBe(level.memory)
      // What fits in memory is not written to disk.
      expect(disk > 0).toBe(level.disk && !level.memory)
    }
    expect(() => kept.persist(StorageLevel.NONE)).toThrow(/Cannot change storage level/)
    await kept.unpersist()
    await expect.poll(holdings).toEqual([])
    await kept.count()
    expect(runs.value).toBe(20)
  },
  TIMEOUT,
)

test(
  'a broadcast that is unpersisted leaves the executors and comes back',
  async () => {
    const { sc } = spark
    const words = sc.broadcast(['zero', 'one', 'two'])
    const parts = sc.range(0, 2, 1, 2)
    // What a task changes is its executor's copy.
    expect(Math.max(...(await parts.map(() => (words.value as string[]).push('more')).collect()))).toBeGreaterThan(3)
    await words.unpersist()
    expect(await parts.map(() => words.value.length).collect()).toEqual([3, 3])
    await words.unpersist()
    expect(await parts.map((x) => words.value[x]).collect()).toEqual(['zero', 'one'])
    await words.destroy()
    expect(() => words.unpersist()).toThrow(/after it was destroyed/)
  },
  TIMEOUT,
)

test('accumulators of whole numbers and doubles copy, merge and average alike', () => {
  for (const made of [spark.sc.longAccumulator(), spark.sc.doubleAccumulator()]) {
    made.add(2)
    const copy = made.copy()
    copy.add(4)
    expect(copy.constructor).toBe(made.constructor)
    expect([made.value, copy.value, copy.avg]).toEqual([2, 6, 3])
    made.merge(copy)
    expect([made.value, made.count]).toEqual([8, 3])
    made.reset()
    expect(made.isZero()).toBe(true)
  }
  expect(() => spark.sc.longAccumulator().add(0.5)).toThrow(/adds whole numbers/)
})

test(
  'a shuffle is computed once for all jobs; checkpoints cut the lineage',
  async () => {
    const { sc, directory } = spark
    const runs = sc.longAccumulator()
    const counted = pairs()
      .map(([key, value]) => {
        runs.add(1)
        return [key, value]
      })
      .reduceByKey((a, b) => a + b)
    await counted.collect()
    await counted.count()
    expect(runs.value).toBe(4)
    const local = counted.mapValues((value) => value + 1).localCheckpoint()
    expect(await local.collectAsMap()).toEqual(
      new Map([
        ['a', 5],
        ['b', 3],
        ['c', 5],
      ]),
    )
    expect(local.isCheckpointed()).toBe(true)
    expect(await local.count()).toBe(3)
    sc.setCheckpointDir(join(directory, 'checkpoints'))
    const safe = counted.mapValues((value) => value * 10)
    safe.checkpoint()
    await safe.count()
    expect(await safe.toDebugString()).toMatch(
      /^\(3\) ReliableCheckpointRDD\[\d+\] at mapValues at rdd\.test\.ts:\d+ \[\]$/,
    )
    expect(await safe.collectAsMap()).toEqual(
      new Map([
        ['a', 40],
        ['b', 20],
        ['c', 40],
      ]),
    )
  },
  TIMEOUT,
)

test('the lineage is drawn as Spark draws it', async () => {
  const text = await pairs()
    .reduceByKey((a, b) => a + b, 2)
    .setName('sums')
    .cache()
    .map((pair) => pair[1])
    .toDebugString()
  expect(text.replace(/\[\d+\] at/g, '[n] at').replace(/rdd\.test\.ts:\d+/g, 'f:1')).toBe(
    [
      '(2) MapPartitionsRDD[n] at map at f:1 []',
      ' |  sums ShuffledRDD[n] at reduceByKey at f:1 [Memory Deserialized 1x Replicated]',
      ' +-(3) ParallelCollectionRDD[n] at parallelize at f:1 []',
    ].join('\n'),
  )
})

test(
  'partitioners: equal ones save a shuffle, ranges keep order',
  async () => {
    const partitioned = pairs().partitionBy(new HashPartitioner(4))
    const joined = partitioned.mapValues((value) => value + 1).join(partitioned)
    expect(await joined.toDebugString()).not.toMatch(/\+-\(4\)/)
    expect(await joined.count()).toBe(6)
    const range = new RangePartitioner([10, 20])
    expect([5, 10, 11, 20, 21].map((key) => range.getPartition(key))).toEqual([0, 0, 1, 1, 2])
    expect(
      await spark.sc
        .range(0, 30, 1, 3)
        .keyBy((x) => x)
        .partitionBy(range)
        .glom()
        .map((part) => part.length)
        .collect(),
    ).toEqual([11, 10, 9])
  },
  TIMEOUT,
)

test(
  'a job group is cancelled, and says so',
  async () => {
    const { sc } = spark
    sc.setJobGroup('slow', 'takes for ever')
    const endless = sc.range(0, 1, 1, 1).map(() => {
      for (;;);
    })
    const run = endless.collect()
    sc.clearJobGroup()
    sc.cancelJobGroup('slow')
    await expect(run).rejects.toThrow('Job group slow was cancelled')
    expect(await sc.range(5).count()).toBe(5)
  },
  TIMEOUT,
)
