import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, expectTypeOf, it } from 'vitest'
import { avg, col, count, type DataFrame, desc, lit, type Row, SparkSession, sum, upper, type Value } from '../index.ts'
import { type EngineFixture, startEngine } from '../testing/engine-fixture.ts'
import { provideHost } from './spark-session.ts'

/** What rows a DataFrame has, for the compiler alone. */
type RowOf<F> = F extends DataFrame<infer R> ? R : never

describe('typed columns', () => {
  let fixture: EngineFixture
  let spark: SparkSession

  beforeAll(async () => {
    fixture = await startEngine(0)
    provideHost({
      engine: Promise.resolve(fixture.engine),
      appName: 'test',
      conf: {},
      own: false,
      directory: join(fixture.directory, 'session'),
      log: fixture.engine.options.log,
    })
    spark = SparkSession.builder().getOrCreate()
  }, 30_000)

  afterAll(async () => {
    await spark.stop()
    await fixture.close()
  })

  const flights = () =>
    spark.createDataFrame([
      { origin: 'KRK', delay: 12, carrier: null },
      { origin: 'WAW', delay: 3, carrier: 'LO' },
      { origin: 'KRK', delay: 0, carrier: 'LO' },
    ])
  const cities = () => spark.createDataFrame([{ origin: 'KRK', city: 'Kraków' }])
  const untyped = (): DataFrame => flights()

  it('knows the columns of rows that the program gives', async () => {
    expectTypeOf<RowOf<ReturnType<typeof flights>>>().toEqualTypeOf<{
      readonly origin: string
      readonly delay: number
      readonly carrier: string | null
    }>()
    const [first] = await flights().orderBy(desc('delay')).collect()
    expect(first?.origin.toLowerCase()).toBe('krk')
    // @ts-expect-error no such column
    expect(first?.orgin).toBeUndefined()
  })

  it('knows the columns of a schema in words', async () => {
    const frame = spark.createDataFrame([{ a: 1, b: 'x' }], 'a INT, b STRING')
    expectTypeOf<RowOf<typeof frame>>().toEqualTypeOf<{ readonly a: number | null; readonly b: string | null }>()
    const nested = spark.createDataFrame([{ a: [1], b: '1.5' }], 'a ARRAY<INT>, b DECIMAL(3,1)')
    expectTypeOf<RowOf<typeof nested>>().toEqualTypeOf<Row>()
    const said = spark.createDataFrame<{ a: string }>([{ a: '2026-11-21' }], 'a DATE')
    expectTypeOf<RowOf<typeof said>>().toEqualTypeOf<{ a: string }>()
    expect(await frame.collect()).toEqual([{ a: 1, b: 'x' }])
  })

  it('refuses names of columns that are not there', async () => {
    const frame = flights()
    const wrong = [
      // @ts-expect-error no such column
      () => frame.select('orgin'),
      // @ts-expect-error no such column
      () => frame.select(frame.col('orgin')),
      // @ts-expect-error no such column
      () => frame.orderBy('orgin'),
      // @ts-expect-error no such column
      () => frame.filter(frame.col('orgin').eq('KRK')),
      // @ts-expect-error no such column
      () => frame.groupBy('orgin').count(),
      // @ts-expect-error no such column
      () => frame.groupBy('origin').sum('dely'),
      // @ts-expect-error no such column
      () => frame.select('origin').orderBy('dely'),
      // @ts-expect-error the new column has another name
      () => frame.withColumn('late', col('delay').gt(5)).select('lat'),
      // @ts-expect-error the right side has no such column
      () => frame.join(cities(), 'delay'),
      // @ts-expect-error only the left side is left
      () => frame.join(cities(), 'origin', 'left_semi').select('city'),
    ]
    for (const plan of wrong) await expect(plan().collect()).rejects.toThrow(/UNRESOLVED|CANNOT_RESOLVE/)
    // @ts-expect-error gone; Spark takes it all the same
    expect(frame.drop('delay').drop('delay')).toBeDefined()
    // @ts-expect-error no such column; Spark takes it all the same
    expect(frame.withColumnRenamed('orgin', 'o')).toBeDefined()
  })

  it('carries the row on through select and withColumn', async () => {
    const frame = flights()
      .withColumn('late', col('delay').gt(5))
      .withColumn('delay', col('delay').cast('bigint'))
      .select('origin', col('late').as('is_late'), col('delay'), upper('carrier').as('c'))
    expectTypeOf<RowOf<typeof frame>>().toEqualTypeOf<{
      readonly origin: string
      readonly is_late: boolean | null
      readonly delay: number | bigint | null
      readonly c: Value
    }>()
    expect(await frame.orderBy('delay').collect()).toEqual([
      { origin: 'KRK', is_late: false, delay: 0, c: 'LO' },
      { origin: 'WAW', is_late: false, delay: 3, c: 'LO' },
      { origin: 'KRK', is_late: true, delay: 12, c: null },
    ])
    const stars = flights().select('*', lit(1).as('one'))
    expectTypeOf<keyof RowOf<typeof stars>>().toEqualTypeOf<'origin' | 'delay' | 'carrier' | 'one'>()
    const several = flights().withColumns({ a: col('delay'), b: col('origin') })
    expectTypeOf<RowOf<typeof several>['a']>().toEqualTypeOf<number>()
  })

  it('carries the row on through groups', async () => {
    const frame = flights().groupBy('origin').agg(avg('delay').as('late'), count('*').as('n'))
    expectTypeOf<RowOf<typeof frame>>().toEqualTypeOf<{
      readonly origin: string
      readonly late: Value
      readonly n: number
    }>()
    expect(await frame.orderBy(desc('n')).collect()).toEqual([
      { origin: 'KRK', late: 6, n: 2 },
      { origin: 'WAW', late: 3, n: 1 },
    ])
    const counted = flights().groupBy(col('origin').as('o')).count()
    expectTypeOf<RowOf<typeof counted>>().toEqualTypeOf<{ readonly o: string; readonly count: number }>()
    const named = flights().groupBy('origin').sum('delay')
    expect(await named.select('origin', 'sum(delay)').count()).toBe(2)
    const total = flights().agg(sum('delay').as('all'))
    expectTypeOf<keyof RowOf<typeof total>>().toEqualTypeOf<'all'>()
  })

  it('carries rows on through joins, with null where a side may be missing', async () => {
    const inner = flights().join(cities(), 'origin')
    expectTypeOf<keyof RowOf<typeof inner>>().toEqualTypeOf<'origin' | 'delay' | 'carrier' | 'city'>()
    expectTypeOf<RowOf<typeof inner>['city']>().toEqualTypeOf<string>()
    const left = flights().join(cities(), ['origin'], 'left')
    expectTypeOf<RowOf<typeof left>['city']>().toEqualTypeOf<string | null>()
    expectTypeOf<RowOf<typeof left>['delay']>().toEqualTypeOf<number>()
    const full = flights().join(cities(), 'origin', 'full_outer')
    expectTypeOf<RowOf<typeof full>['delay']>().toEqualTypeOf<number | null>()
    const semi = flights().join(cities(), 'origin', 'left_semi')
    expectTypeOf<RowOf<typeof semi>>().toEqualTypeOf<RowOf<ReturnType<typeof flights>>>()
    const [a, b] = [flights(), cities()]
    const doubled = a.join(b, a.col('origin').eq(b.col('origin')))
    expectTypeOf<RowOf<typeof doubled>>().toEqualTypeOf<Row>()
    expect(await left.orderBy('delay').select('delay', 'city').collect()).toEqual([
      { delay: 0, city: 'Kraków' },
      { delay: 3, city: null },
      { delay: 12, city: 'Kraków' },
    ])
  })

  it('follows drops and new names', () => {
    const frame = flights().drop('carrier').withColumnRenamed('delay', 'minutes')
    expectTypeOf<RowOf<typeof frame>>().toEqualTypeOf<{ readonly origin: string; readonly minutes: number }>()
    const named = flights().toDF('a', 'b', 'c')
    expectTypeOf<keyof RowOf<typeof named>>().toEqualTypeOf<'a' | 'b' | 'c'>()
    expectTypeOf<RowOf<ReturnType<typeof spark.range>>>().toEqualTypeOf<{ readonly id: number }>()
  })

  it('lets everything pass where it knows nothing', async () => {
    const frame = untyped().select('origin', col('delay').plus(1).as('d'))
    expectTypeOf<RowOf<typeof frame>>().toEqualTypeOf<Row>()
    const computed = flights().select(col('delay').plus(1), 'origin')
    expectTypeOf<RowOf<typeof computed>>().toEqualTypeOf<Row>()
    const names: readonly ('origin' | 'delay')[] = ['delay']
    const some = flights().select(...names)
    expectTypeOf<RowOf<typeof some>>().toEqualTypeOf<Row>()
    expect(await some.columns()).toEqual(['delay'])
    const backwards = flights().join(untyped(), 'origin')
    expectTypeOf<RowOf<typeof backwards>>().toEqualTypeOf<Row>()
  })

  it('knows fields of structs by their column', async () => {
    const frame = spark.createDataFrame([{ p: { x: 1 } }])
    // @ts-expect-error no such column
    expect(frame.select('q.x')).toBeDefined()
    expect(await frame.select('p.x').collect()).toEqual([{ x: 1 }])
  })
})
