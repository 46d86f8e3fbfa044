import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Attribute, SortOrder } from '../plan/expression.ts'
import type { LogicalPlan } from '../plan/logical-plan.ts'
import {
  ANSI,
  call,
  column,
  constant,
  named,
  openPlanRunner,
  type PlanRunner,
  valuesOf,
} from '../testing/plan-fixture.ts'
import { BOOLEAN, DATE, INTEGER, LONG, STRING } from '../types/data-type.ts'
import { emitPlan } from './emit-plan.ts'

const id = column(1, 'id', INTEGER)
const name = column(2, 'name', STRING)
const input = { kind: 'stage-input', name: 'people', output: [id, name] } as const satisfies LogicalPlan
const other = column(3, 'other', INTEGER)
const orders = { kind: 'stage-input', name: 'orders', output: [other] } as const satisfies LogicalPlan

const asc = (expression: SortOrder['expression'], nullsFirst = true): SortOrder => ({
  expression,
  descending: false,
  nullsFirst,
})

const sqlOf = (plan: LogicalPlan): string =>
  emitPlan(plan, ANSI, { view: (leaf) => (leaf.kind === 'stage-input' ? leaf.name : 'scan') }).sql

const sorted = (plan: LogicalPlan): LogicalPlan => ({
  kind: 'sort',
  input: plan,
  orders: plan.output.map((attribute) => asc(attribute)),
  global: true,
  output: plan.output,
})

describe('plans as SQL', () => {
  let runner: PlanRunner
  beforeAll(async () => {
    runner = await openPlanRunner()
    await runner.sql(
      `CREATE VIEW people AS SELECT * FROM (VALUES (1, 'a'), (2, 'b'), (3, NULL), (NULL, 'd')) t(c1, c2)`,
    )
    await runner.sql('CREATE VIEW orders AS SELECT * FROM (VALUES (1), (1), (3)) t(c3)')
    await runner.sql('CREATE VIEW holes AS SELECT * FROM (VALUES (1), (NULL)) t(c3)')
    await runner.sql('CREATE VIEW nothing AS SELECT 1 AS c3 WHERE false')
  })
  afterAll(() => runner.close())

  const join = (how: Extract<LogicalPlan, { kind: 'join' }>['how'], right: LogicalPlan = orders): LogicalPlan => ({
    kind: 'join',
    left: input,
    right,
    how,
    condition: call('=', [id, other]),
    broadcast: undefined,
    output: how === 'semi' || how.endsWith('anti') ? [id, name] : [id, name, other],
  })

  it('keeps a semi join above the inner join it stands on', () => {
    const plan: LogicalPlan = {
      kind: 'join',
      left: join('inner'),
      right: { kind: 'stage-input', name: 'holes', output: [column(4, 'hole', INTEGER)] },
      how: 'semi',
      condition: call('=', [id, column(4, 'hole', INTEGER)]),
      broadcast: undefined,
      output: [id, name, other],
    }
    expect(sqlOf(plan)).toMatch(/FROM \(SELECT .* JOIN "orders" AS t2 ON .*\) AS (t\d+) SEMI JOIN "holes"/)
  })

  it('compares what is computed after the equalities of an inner join', () => {
    const both = call('and', [call('=', [id, other]), call('<', [call('+', [id, constant(1)]), other])])
    expect(sqlOf({ ...join('inner'), condition: both } as LogicalPlan)).toMatch(
      / JOIN "orders" AS t2 ON \(t1\.c1 = t2\.c3\) AND \(\(.*\+.* < t2\.c3\) IS TRUE\)$/,
    )
    expect(sqlOf({ ...join('left'), condition: both } as LogicalPlan)).not.toContain('IS TRUE')
  })

  it('merges filter, project, sort and limit into one SELECT', () => {
    const next = column(9, 'next', INTEGER)
    const filter: LogicalPlan = { kind: 'filter', input, condition: call('>', [id, constant(1)]), output: input.output }
    const project: LogicalPlan = {
      kind: 'project',
      input: filter,
      items: [named(next, call('+', [id, constant(1)])), named(name, name)],
      output: [next, name],
    }
    const sort: LogicalPlan = {
      kind: 'sort',
      input: project,
      orders: [asc(name)],
      global: true,
      output: project.output,
    }
    const limit: LogicalPlan = { kind: 'limit', input: sort, count: 10, offset: 2, output: project.output }
    expect(sqlOf(limit)).toBe(
      'SELECT (t1.c1 + 1) AS c9, t1.c2 AS c2 FROM "people" AS t1 WHERE (t1.c1 > 1) ORDER BY t1.c2 ASC NULLS FIRST LIMIT 10 OFFSET 2',
    )
  })

  it('keeps a flat list of joins, so that DuckDB may order them', () => {
    const third = column(7, 'third', INTEGER)
    const more: LogicalPlan = { kind: 'stage-input', name: 'more', output: [third] }
    const filtered: LogicalPlan = {
      kind: 'filter',
      input: more,
      condition: call('>', [third, constant(0)]),
      output: more.output,
    }
    const plan: LogicalPlan = {
      kind: 'join',
      left: join('inner'),
      right: filtered,
      how: 'inner',
      condition: call('=', [other, third]),
      broadcast: undefined,
      output: [id, name, other, third],
    }
    expect(sqlOf(plan)).toBe(
      'SELECT t1.c1 AS c1, t1.c2 AS c2, t2.c3 AS c3, t3.c7 AS c7 FROM "people" AS t1 JOIN "orders" AS t2 ON (t1.c1 = t2.c3) JOIN "more" AS t3 ON (t2.c3 = t3.c7) WHERE (t3.c7 > 0)',
    )
  })

  it.each<[Parameters<typeof join>[0], LogicalPlan, unknown[][]]>([
    [
      'inner',
      orders,
      [
        [1, 'a', 1],
        [1, 'a', 1],
        [3, null, 3],
      ],
    ],
    [
      'left',
      orders,
      [
        [null, 'd', null],
        [1, 'a', 1],
        [1, 'a', 1],
        [2, 'b', null],
        [3, null, 3],
      ],
    ],
    [
      'right',
      orders,
      [
        [1, 'a', 1],
        [1, 'a', 1],
        [3, null, 3],
      ],
    ],
    [
      'full',
      orders,
      [
        [null, 'd', null],
        [1, 'a', 1],
        [1, 'a', 1],
        [2, 'b', null],
        [3, null, 3],
      ],
    ],
    [
      'semi',
      orders,
      [
        [1, 'a'],
        [3, null],
      ],
    ],
    [
      'anti',
      orders,
      [
        [null, 'd'],
        [2, 'b'],
      ],
    ],
    ['null-aware-anti', orders, [[2, 'b']]],
    ['null-aware-anti', { ...orders, name: 'holes' }, []],
    [
      'null-aware-anti',
      { ...orders, name: 'nothing' },
      [
        [null, 'd'],
        [1, 'a'],
        [2, 'b'],
        [3, null],
      ],
    ],
  ])('%s join', async (how, right, expected) => {
    expect(await runner.rows(sorted(join(how, right)))).toEqual(expected)
  })

  it('NOT IN over several columns lets a row through only when every comparison is false', async () => {
    const plan = join('null-aware-anti', { ...orders, name: 'holes' })
    const two: LogicalPlan = {
      ...plan,
      condition: call('and', [call('=', [id, other]), call('=', [name, constant('a')])]),
    } as LogicalPlan
    expect(await runner.rows(sorted(two))).toEqual(
      [
        [2, 'b'],
        [null, 'd'],
      ].sort((a, b) => Number(a[0]) - Number(b[0])),
    )
  })

  it('repeats nothing that is computed: a column used twice is a column of a subquery', () => {
    const sum = column(5, 's', INTEGER)
    const inner: LogicalPlan = { kind: 'project', input, items: [named(sum, call('+', [id, id]))], output: [sum] }
    const twice = column(6, 'tt', INTEGER)
    const outer: LogicalPlan = {
      kind: 'project',
      input: inner,
      items: [named(twice, call('*', [sum, sum]))],
      output: [twice],
    }
    expect(sqlOf(outer)).toBe(
      'SELECT (t2.c5 * t2.c5) AS c6 FROM (SELECT (t1.c1 + t1.c1) AS c5 FROM "people" AS t1) AS t2',
    )
  })

  it('keeps limits inside what looks at all their rows', async () => {
    const limit: LogicalPlan = { kind: 'limit', input: sorted(input), count: 2, offset: 1, output: input.output }
    const filter: LogicalPlan = {
      kind: 'filter',
      input: limit,
      condition: call('>', [id, constant(1)]),
      output: input.output,
    }
    expect(await runner.rows(filter)).toEqual([[2, 'b']])
    expect(await runner.rows({ kind: 'limit', input: limit, count: 1, offset: 1, output: input.output })).toEqual([
      [2, 'b'],
    ])
  })

  it('gives rows of constants, ranges, unions and expansions', async () => {
    const a = column(10, 'a', LONG)
    const range: LogicalPlan = { kind: 'range', start: 10n, end: 0n, step: -4n, partitions: undefined, output: [a] }
    expect(await runner.rows(range)).toEqual([['10'], ['6'], ['2']])
    const u = column(11, 'u', LONG)
    const b = column(12, 'b', LONG)
    const empty = valuesOf([b], [])
    expect(
      await runner.rows({ kind: 'union', inputs: [range, empty, { ...range, output: [a] }], output: [u] }),
    ).toHaveLength(6)
    const one: LogicalPlan = { kind: 'values', rows: [[]], output: [] }
    expect(await runner.rows({ kind: 'project', input: one, items: [named(id, constant(5))], output: [id] })).toEqual([
      [5],
    ])
    const group = column(13, 'g', INTEGER)
    const expand: LogicalPlan = {
      kind: 'expand',
      input,
      projections: [
        [id, constant(0)],
        [constant(null, INTEGER), constant(1)],
      ],
      output: [id, group].map((attribute, index) => (index === 0 ? column(14, 'x', INTEGER) : attribute)),
    }
    expect(await runner.rows(sorted(expand))).toEqual([
      [null, 0],
      [null, 1],
      [null, 1],
      [null, 1],
      [null, 1],
      [1, 0],
      [2, 0],
      [3, 0],
    ])
  })

  it('groups by computed keys and constants', async () => {
    const key = column(20, 'k', INTEGER)
    const fixed = column(21, 'f', INTEGER)
    const group = (rows: LogicalPlan): LogicalPlan => ({
      kind: 'aggregate',
      input: rows,
      groups: [named(key, call('%', [other, constant(2)])), named(fixed, constant(7))],
      aggregates: [],
      output: [key, fixed],
    })
    expect(await runner.rows(group(orders))).toEqual([[1, 7]])
    expect(await runner.rows(group({ ...orders, name: 'nothing' }))).toEqual([])
  })

  it('evaluates a condition that may fail only behind the ones before it', async () => {
    const rows = valuesOf([id], [[0], [2]])
    const condition = call('and', [
      call('<>', [id, constant(0)]),
      call('>', [call('/', [constant(4), id]), constant(1)]),
    ])
    expect(await runner.rows({ kind: 'filter', input: rows, condition, output: [id] })).toEqual([[2]])
    const alone: LogicalPlan = {
      kind: 'filter',
      input: rows,
      condition: call('>', [call('/', [constant(4), id]), constant(1)]),
      output: [id],
    }
    await expect(runner.rows(alone)).rejects.toMatchObject({ condition: 'DIVIDE_BY_ZERO' })
  })

  it('reads subqueries as values', async () => {
    const max = column(30, 'm', INTEGER)
    const plan: LogicalPlan = { kind: 'limit', input: sorted(orders), count: 1, offset: 2, output: [other] }
    const scalar = { kind: 'scalar-subquery', plan, type: INTEGER, nullable: true } as const
    expect(
      await runner.rows({
        kind: 'project',
        input: { kind: 'values', rows: [[]], output: [] },
        items: [named(max, scalar)],
        output: [max],
      }),
    ).toEqual([[3]])
    const many = { ...scalar, plan: orders }
    const wrong: LogicalPlan = {
      kind: 'project',
      input: { kind: 'values', rows: [[]], output: [] },
      items: [named(max, many)],
      output: [max],
    }
    await expect(runner.rows(wrong)).rejects.toMatchObject({ condition: 'SCALAR_SUBQUERY_TOO_MANY_ROWS' })
    const exists: LogicalPlan = {
      kind: 'filter',
      input,
      condition: { kind: 'exists', plan: orders, type: BOOLEAN, nullable: false },
      output: input.output,
    }
    expect(await runner.rows(exists)).toHaveLength(4)
  })

  it('samples the same rows for the same seed', async () => {
    const a = column(10, 'a', LONG)
    const range: LogicalPlan = { kind: 'range', start: 0n, end: 1000n, step: 1n, partitions: undefined, output: [a] }
    const sample = (seed: bigint): LogicalPlan => ({
      kind: 'sample',
      input: range,
      fraction: 0.25,
      withReplacement: false,
      seed,
      output: [a],
    })
    const [first, second, third] = [
      await runner.rows(sample(7n)),
      await runner.rows(sample(7n)),
      await runner.rows(sample(8n)),
    ]
    expect(first).toEqual(second)
    expect(first).not.toEqual(third)
    expect(first.length).toBeGreaterThan(150)
    expect(first.length).toBeLessThan(350)
  })

  it('says a null order and a constant key explicitly', () => {
    const sort: LogicalPlan = {
      kind: 'sort',
      input,
      orders: [{ expression: id, descending: true, nullsFirst: false }, asc(constant(2), false)],
      global: true,
      output: [id] as Attribute[],
    }
    expect(sqlOf(sort)).toContain('ORDER BY t1.c1 DESC NULLS LAST, (2 IS NULL) ASC NULLS LAST')
  })

  it('adds days to dates and months to dates', async () => {
    const day = column(40, 'd', DATE)
    const rows = valuesOf([day], [[18_000]])
    const plan: LogicalPlan = {
      kind: 'project',
      input: rows,
      items: [
        named(column(41, 'x', DATE), call('+', [day, constant(1)])),
        named(column(42, 'y', DATE), call('-', [day, constant(2, { kind: 'year-month-interval' })])),
      ],
      output: [column(41, 'x', DATE), column(42, 'y', DATE)],
    }
    expect(await runner.rows(plan)).toEqual([['2019-04-15', '2019-02-14']])
    expect(await runner.types(plan)).toEqual(['DATE', 'DATE'])
  })
})
