import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Partitioner } from './keys/partitioner.ts'
import type { RDD } from './rdd.ts'
import { StorageLevel } from './storage-level.ts'
import { type SparkFixture, startSpark } from './testing/spark-fixture.ts'

type Row = [number, number]

class ByHalf extends Partitioner<number> {
  readonly numPartitions = 2
  getPartition(key: number): number {
    return key % 2 === 0 ? 0 : 1
  }
}

/** One operator on an RDD, and the same on an array. */
interface Operator {
  readonly name: string
  readonly rdd: (rdd: RDD<Row>, other: RDD<Row>) => RDD<Row>
  readonly array: (rows: readonly Row[], other: readonly Row[]) => Row[]
}

const grouped = (rows: readonly Row[]): Map<number, number[]> => {
  const groups = new Map<number, number[]>()
  for (const [key, value] of rows) groups.set(key, [...(groups.get(key) ?? []), value])
  return groups
}
const sum = (values: readonly number[]): number => values.reduce((one, other) => one + other, 0)
const unique = (rows: readonly Row[]): Row[] => [...new Map(rows.map((row) => [row.join(), row])).values()]

const joined = (left: readonly Row[], right: readonly Row[], keepLeft: boolean, keepRight: boolean): Row[] => {
  const [ours, theirs] = [grouped(left), grouped(right)]
  return [...new Set([...ours.keys(), ...theirs.keys()])].flatMap((key) => {
    const a = ours.get(key) ?? (keepRight ? [undefined] : [])
    const b = theirs.get(key) ?? (keepLeft ? [undefined] : [])
    return a.flatMap((one) => b.map((other): Row => [key, (one ?? -1) * 1000 + (other ?? -1)]))
  })
}

const operatorsFor = (c: number, partitions: number): readonly Operator[] => [
  {
    name: `mapValues +${c}`,
    rdd: (rdd) => rdd.mapValues((value) => value + c),
    array: (rows) => rows.map(([key, value]) => [key, value + c]),
  },
  {
    name: `filter ${c}`,
    rdd: (rdd) => rdd.filter(([key, value]) => (key + value) % 3 !== c % 3),
    array: (rows) => rows.filter(([key, value]) => (key + value) % 3 !== c % 3),
  },
  {
    name: 'flatMap',
    rdd: (rdd) =>
      rdd.flatMap(([key, value]): Row[] =>
        value % 2 === 0
          ? [
              [key, value],
              [key + c, value],
            ]
          : [],
      ),
    array: (rows) =>
      rows.flatMap(([key, value]): Row[] =>
        value % 2 === 0
          ? [
              [key, value],
              [key + c, value],
            ]
          : [],
      ),
  },
  {
    name: 'swap',
    rdd: (rdd) => rdd.map(([key, value]): Row => [value % 7, key]),
    array: (rows) => rows.map(([key, value]) => [value % 7, key]),
  },
  {
    name: 'flatMapValues',
    rdd: (rdd) => rdd.flatMapValues((value) => new Array<number>(Math.abs(value % 3)).fill(value)),
    array: (rows) => rows.flatMap(([key, value]) => new Array<Row>(Math.abs(value % 3)).fill([key, value])),
  },
  {
    name: 'mapPartitions',
    rdd: (rdd) =>
      rdd.mapPartitions(function* (rows) {
        for (const [key, value] of rows) yield [key, value * 2] as Row
      }),
    array: (rows) => rows.map(([key, value]) => [key, value * 2]),
  },
  {
    name: `reduceByKey ${partitions}`,
    rdd: (rdd) => rdd.reduceByKey((one, other) => one + other, partitions),
    array: (rows) => [...grouped(rows)].map(([key, values]) => [key, sum(values)]),
  },
  {
    name: 'groupByKey',
    rdd: (rdd) => rdd.groupByKey().mapValues((values) => values.length * 1000 + Math.max(...values)),
    array: (rows) => [...grouped(rows)].map(([key, values]) => [key, values.length * 1000 + Math.max(...values)]),
  },
  {
    name: 'aggregateByKey',
    rdd: (rdd) =>
      rdd
        .aggregateByKey(
          [0, 0],
          ([count, total], value) => [count! + 1, total! + value],
          (a, b) => [a[0]! + b[0]!, a[1]! + b[1]!],
        )
        .mapValues(([count, total]) => count! * 1000 + total!),
    array: (rows) => [...grouped(rows)].map(([key, values]) => [key, values.length * 1000 + sum(values)]),
  },
  {
    name: 'foldByKey',
    rdd: (rdd) => rdd.foldByKey(0, (one, other) => Math.max(one, other), partitions),
    array: (rows) => [...grouped(rows)].map(([key, values]) => [key, Math.max(0, ...values)]),
  },
  { name: 'distinct', rdd: (rdd) => rdd.distinct(partitions), array: unique },
  { name: 'union', rdd: (rdd, other) => rdd.union(other), array: (rows, other) => [...rows, ...other] },
  {
    name: 'join',
    rdd: (rdd, other) => rdd.join(other, partitions).mapValues(([a, b]) => a * 1000 + b),
    array: (rows, other) => joined(rows, other, false, false),
  },
  {
    name: 'fullOuterJoin',
    rdd: (rdd, other) => rdd.fullOuterJoin(other).mapValues(([a, b]) => (a ?? -1) * 1000 + (b ?? -1)),
    array: (rows, other) => joined(rows, other, true, true),
  },
  {
    name: 'leftOuterJoin',
    rdd: (rdd, other) => rdd.leftOuterJoin(other).mapValues(([a, b]) => a * 1000 + (b ?? -1)),
    array: (rows, other) => joined(rows, other, true, false),
  },
  {
    name: 'subtractByKey',
    rdd: (rdd, other) => rdd.subtractByKey(other),
    array: (rows, other) => rows.filter(([key]) => !other.some((each) => each[0] === key)),
  },
  {
    name: 'subtract',
    rdd: (rdd, other) => rdd.subtract(other),
    array: (rows, other) => rows.filter((row) => !other.some((each) => each.join() === row.join())),
  },
  {
    name: 'intersection',
    rdd: (rdd, other) => rdd.intersection(other, partitions),
    array: (rows, other) => unique(rows.filter((row) => other.some((each) => each.join() === row.join()))),
  },
  { name: 'own partitioner', rdd: (rdd) => rdd.partitionBy(new ByHalf()), array: (rows) => [...rows] },
  { name: 'repartition', rdd: (rdd) => rdd.repartition(partitions), array: (rows) => [...rows] },
  { name: 'coalesce', rdd: (rdd) => rdd.coalesce(partitions), array: (rows) => [...rows] },
  { name: 'sortByKey', rdd: (rdd) => rdd.sortByKey(c % 2 === 0, partitions), array: (rows) => [...rows] },
  {
    name: 'cached',
    rdd: (rdd) => rdd.filter(() => true).persist(c % 2 === 0 ? StorageLevel.MEMORY_ONLY : StorageLevel.DISK_ONLY),
    array: (rows) => [...rows],
  },
  { name: 'glom', rdd: (rdd) => rdd.glom().flatMap((rows) => rows.slice()), array: (rows) => [...rows] },
]

const rows = fc.array(fc.tuple(fc.nat(9), fc.nat(20)), { maxLength: 25 })
const program = fc.array(fc.tuple(fc.nat(1000), fc.nat(5), fc.integer({ min: 1, max: 4 })), { maxLength: 5 })

let spark: SparkFixture
beforeAll(async () => {
  spark = await startSpark(2)
})
afterAll(() => spark.close())

const inOrder = (values: readonly Row[]): string[] => values.map((row) => row.join()).sort()

test('generated programs give what arrays give, in any number of partitions', async () => {
  await fc.assert(
    fc.asyncProperty(rows, rows, program, fc.integer({ min: 1, max: 4 }), async (data, more, steps, slices) => {
      let rdd: RDD<Row> = spark.sc.parallelize(data, slices)
      const other: RDD<Row> = spark.sc.parallelize(more, 2)
      let expected: Row[] = data
      const names: string[] = []
      for (const [pick, c, partitions] of steps) {
        const operators = operatorsFor(c, partitions)
        const operator = operators[pick % operators.length]!
        names.push(operator.name)
        rdd = operator.rdd(rdd, other)
        expected = operator.array(expected, more)
      }
      expect(inOrder(await rdd.collect()), names.join(', ')).toEqual(inOrder(expected))
      if (steps.length > 2) expect(await rdd.count()).toBe(expected.length)
    }),
    { numRuns: 30 },
  )
}, 240_000)

test('sorts are total orders over partitions', async () => {
  const key = fc.oneof(fc.integer(), fc.double({ noNaN: true }))
  await fc.assert(
    fc.asyncProperty(
      fc.array(key, { maxLength: 60 }),
      fc.boolean(),
      fc.integer({ min: 1, max: 5 }),
      async (keys, ascending, n) => {
        const sorted = spark.sc.parallelize(keys, 3).sortBy((each) => each, ascending, n)
        const expected = keys.toSorted((a, b) => (ascending ? a - b : b - a))
        expect((await sorted.collect()).map((each) => each + 0)).toEqual(expected.map((each) => each + 0))
      },
    ),
    { numRuns: 8 },
  )
}, 120_000)
