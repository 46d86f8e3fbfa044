import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Attribute, Expression, Named } from '../plan/expression.ts'
import { transformUp } from '../plan/expression-tree.ts'
import type { LogicalPlan } from '../plan/logical-plan.ts'
import { call, column, literalOf, named, openPlanRunner, type PlanRunner } from '../testing/plan-fixture.ts'
import { BOOLEAN, BYTE, DATE, type DataType, DOUBLE, decimal, INTEGER, LONG, STRING } from '../types/data-type.ts'
import { lookupFunction } from './registry.ts'

type Value = number | bigint | string | boolean | null
type Row = readonly [Value, number | null]

const maybe = <T extends Value>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> =>
  fc.option(arbitrary, { nil: null, freq: 4 })
const small = fc.integer({ min: -1000, max: 1000 })

const CASES: readonly (readonly [string, DataType, fc.Arbitrary<Value>])[] = [
  ['count', INTEGER, maybe(small)],
  ['sum', INTEGER, maybe(small)],
  ['sum', decimal(12, 2), maybe(small.map(BigInt))],
  ['sum', DOUBLE, maybe(small)],
  ['avg', INTEGER, maybe(small)],
  ['avg', decimal(12, 2), maybe(small.map(BigInt))],
  ['avg', DOUBLE, maybe(small)],
  ['min', STRING, maybe(fc.string({ maxLength: 3 }).map((text) => text.replaceAll('\0', '')))],
  ['max', DATE, maybe(small)],
  ['max', DOUBLE, maybe(fc.constantFrom(1, 2, Number.NaN))],
  ['count_if', BOOLEAN, maybe(fc.boolean())],
  ['bool_and', BOOLEAN, maybe(fc.boolean())],
  ['bool_or', BOOLEAN, maybe(fc.boolean())],
  ['bit_and', BYTE, maybe(fc.integer({ min: 0, max: 100 }))],
  ['bit_or', INTEGER, maybe(small)],
  ['bit_xor', LONG, maybe(small.map(BigInt))],
  ['var_pop', DOUBLE, maybe(small)],
  ['var_samp', DOUBLE, maybe(small.map((value) => 1e8 + value))],
  ['stddev_pop', DOUBLE, maybe(small)],
  ['stddev_samp', INTEGER, maybe(small)],
  ['collect_list', INTEGER, maybe(small)],
  ['collect_set', INTEGER, maybe(fc.integer({ min: 0, max: 3 }))],
  ['max_by', INTEGER, maybe(small)],
  ['min_by', INTEGER, maybe(small)],
]

const normal = (value: unknown): unknown => (Array.isArray(value) ? value.map(String).sort() : value)

const close = (a: unknown, b: unknown): boolean =>
  typeof a === 'number' && typeof b === 'number' && !Number.isNaN(a)
    ? Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(a))
    : Object.is(a, b)

describe('aggregates in two phases', () => {
  let runner: PlanRunner
  beforeAll(async () => {
    runner = await openPlanRunner()
  })
  afterAll(() => runner.close())

  const x = (type: DataType): Attribute => column(1, 'x', type)
  const order = column(2, 'o', INTEGER)

  const values = (type: DataType, rows: readonly Row[]): LogicalPlan => ({
    kind: 'values',
    output: [x(type), order],
    rows: rows.map(([value, key]) => [literalOf(value, type), literalOf(key, INTEGER)]),
  })

  const aggregate = (input: LogicalPlan, aggregates: readonly Named[]): LogicalPlan => ({
    kind: 'aggregate',
    input,
    groups: [],
    aggregates,
    output: aggregates.map(({ attribute }) => attribute),
  })

  /** As the physical planner does it: each part by itself, then the parts' results, then what is made of them. */
  const inParts = (whole: Expression, type: DataType, parts: readonly (readonly Row[])[]): LogicalPlan => {
    const phases = lookupFunction((whole as { name: string }).name)!.twoPhase!(whole)!
    const partial = phases.partial.map((part, index) => named(column(10 + index, 'p', part.type), part))
    const united: LogicalPlan = {
      kind: 'union',
      inputs: parts.map((rows) => aggregate(values(type, rows), partial)),
      output: partial.map(({ attribute }, index) => ({ ...attribute, id: 50 + index })),
    }
    const merging: Named[] = []
    const merged = transformUp(phases.merge(united.output), (part) => {
      if (part.kind !== 'aggregate') return part
      const attribute = column(100 + merging.length, 'm', part.type)
      merging.push(named(attribute, part))
      return attribute
    })
    const result = column(200, 'r', whole.type)
    return { kind: 'project', input: aggregate(united, merging), items: [named(result, merged)], output: [result] }
  }

  it.each(CASES)('%s of %o: parts give what the whole gives', async (name, type, value) => {
    const row: fc.Arbitrary<Row> = fc.tuple(value, maybe(fc.integer({ min: 0, max: 1e6 })))
    const parts = fc
      .array(fc.array(row, { maxLength: 6 }), { minLength: 1, maxLength: 4 })
      // Equal keys would leave max_by a choice.
      .filter((all) => new Set(all.flat().map(([, key]) => key)).size === all.flat().length)
    await fc.assert(
      fc.asyncProperty(parts, async (all) => {
        const args = name.endsWith('_by') ? [x(type), order] : [x(type)]
        const whole = call(name, args)
        const result = column(200, 'r', whole.type)
        const direct = await runner.rows(aggregate(values(type, all.flat()), [named(result, whole)]))
        const plan = inParts(whole, type, all)
        const [a, b] = [normal(direct[0]![0]), normal((await runner.rows(plan))[0]![0])]
        if (!close(a, b)) expect(b).toEqual(a)
        expect(await runner.types(plan)).toEqual(
          await runner.types(aggregate(values(type, all.flat()), [named(result, whole)])),
        )
      }),
      { numRuns: 6 },
    )
  })
})
