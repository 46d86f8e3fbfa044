import { describe, expect, it } from 'vitest'
import { parseExpression } from '../sql/parse.ts'
import type { ExpressionSyntax, PlanSyntax } from '../sql/syntax.ts'
import { schemaOf } from './analyze.ts'
import { printPlan } from './print-plan.ts'
import { openFixture } from './testing/analysis-fixture.ts'

const fixture = openFixture({
  tables: { t: 'a INT, b INT, s STRUCT<x: INT, y: STRING>, arr ARRAY<INT>', u: 'a INT, c INT' },
  views: { v: 'with x as (select a, b from t) select a + 1 as n, b from x', w: 'select * from v where n > 1' },
})

const e = (text: string): ExpressionSyntax => parseExpression(text, { timeZone: 'UTC' })
const t: PlanSyntax = { kind: 'relation', name: ['t'] }
const u: PlanSyntax = { kind: 'relation', name: ['u'] }
const col = (of: PlanSyntax, name: string): ExpressionSyntax => ({ kind: 'name', parts: [name], of })
const equal = (left: ExpressionSyntax, right: ExpressionSyntax): ExpressionSyntax => ({
  kind: 'call',
  name: '=',
  args: [left, right],
})
const select = (from: PlanSyntax, ...items: readonly ExpressionSyntax[]): PlanSyntax => ({
  kind: 'select',
  items,
  distinct: false,
  from,
  lateralViews: [],
  windows: {},
})
const join = (left: PlanSyntax, right: PlanSyntax, condition: ExpressionSyntax): PlanSyntax => ({
  kind: 'join',
  left,
  right,
  how: 'inner',
  criteria: { kind: 'on', condition },
  lateral: false,
})
const withColumn = (input: PlanSyntax, name: string, expression: ExpressionSyntax): PlanSyntax => ({
  kind: 'with-columns',
  input,
  columns: [{ name, expression }],
})

/** The tree without ids of scans. */
const tree = async (query: string | PlanSyntax): Promise<string> =>
  printPlan(await fixture.plan(query)).replaceAll(/held \d+/g, 'held')

const T = 'Scan held [a#1, b#2, s#3, arr#4]'

describe('DataFrame operations', () => {
  it.each<readonly [what: string, plan: PlanSyntax, expected: readonly string[]]>([
    [
      'df.col says whose column it is',
      select(join(t, u, equal(col(t, 'a'), col(u, 'a'))), col(u, 'a'), col(t, 'a')),
      ['Project [a#5, a#1]', '+- Join Inner, (a#1 = a#5)', `   :- ${T}`, '   +- Scan held [a#5, c#6]'],
    ],
    [
      'a filter may name what the select below left out',
      { kind: 'filter', input: select(t, e('a')), condition: e('b > 1') },
      ['Project [a#5]', '+- Filter (b#6 > 1)', '   +- Project [a#5, b#6]', '      +- Scan held [a#5, b#6, s#7, arr#8]'],
    ],
    [
      'an order may name both what the select gives and what it left out',
      {
        kind: 'sort',
        input: select(t, e('a as x')),
        orders: [{ expression: e('b + x'), descending: true }],
        global: true,
      },
      [
        'Project [x#5]',
        '+- Sort [(b#2 + x#5) DESC NULLS LAST], true',
        '   +- Project [a#1 AS x#5, b#2]',
        `      +- ${T}`,
      ],
    ],
    [
      'withColumn replaces a column of the same name in its place',
      withColumn(u, 'A', e('a + 1')),
      ['Project [(a#1 + 1) AS A#3, c#2]', '+- Scan held [a#1, c#2]'],
    ],
    [
      'withColumnsRenamed leaves unknown names aside',
      { kind: 'rename', input: u, names: { A: 'k', zz: 'q' } },
      ['Project [a#1 AS k#3, c#2]', '+- Scan held [a#1, c#2]'],
    ],
    [
      'toDF',
      { kind: 'rename-all', input: u, names: ['p', 'q'] },
      ['Project [a#1 AS p#3, c#2 AS q#4]', '+- Scan held [a#1, c#2]'],
    ],
    [
      'drop takes names and columns, and leaves unknown ones aside',
      { kind: 'drop', input: t, columns: [e('b'), e('zz'), col(t, 's')] },
      ['Project [a#1, arr#4]', `+- ${T}`],
    ],
    [
      'dropDuplicates of some columns keeps one whole row of each',
      { kind: 'deduplicate', input: u, columns: ['a'] },
      [
        'Project [a#1, c#2]',
        '+- Filter (row_number#3 = 1)',
        '   +- Window [row_number() AS row_number#3], [a#1], []',
        '      +- Scan held [a#1, c#2]',
      ],
    ],
    [
      'unionByName fills up missing columns',
      {
        kind: 'set-operation',
        op: 'union',
        all: true,
        left: u,
        right: select(u, e('a as b'), e('a')),
        byName: { allowMissingColumns: true },
      },
      [
        'Union [a#8, c#9, b#10]',
        ':- Project [a#1, c#2, null AS b#7]',
        ':  +- Scan held [a#1, c#2]',
        '+- Project [a#3, null AS c#6, b#5]',
        '   +- Project [a#3 AS b#5, a#3]',
        '      +- Scan held [a#3, c#4]',
      ],
    ],
  ])('%s', async (_, plan, expected) => {
    expect((await tree(plan)).split('\n')).toEqual(expected)
  })

  it('refuses a column whose DataFrame is on both sides of a join', async () => {
    await expect(fixture.plan(join(t, t, equal(col(t, 'a'), col(t, 'a'))))).rejects.toThrow(/both sides of a join/)
  })

  it('refuses a column that was replaced', async () => {
    await expect(fixture.plan(select(withColumn(t, 'a', e('a + 1')), col(t, 'a')))).rejects.toThrow(
      /no such column any more/,
    )
  })

  it('takes a chain of 800 operations', async () => {
    const chain = Array.from({ length: 800 }).reduce<PlanSyntax>((plan) => withColumn(plan, 'a', e('a + 1')), u)
    expect((await fixture.plan(chain)).output.map(({ name }) => name)).toEqual(['a', 'c'])
  })
})

describe('analysed SQL', () => {
  it.each<readonly [query: string, expected: readonly string[]]>([
    [
      'select a, (select count(*) from u where u.a = t.a) as n from t',
      [
        'Project [a#1, CASE WHEN isnull(found#11) THEN 0 ELSE scalarsubquery#10 END AS n#8]',
        '+- Join LeftOuter, (a#9 = a#1)',
        `   :- ${T}`,
        '   +- Project [a#9, count(1)#7 AS scalarsubquery#10, true AS found#11]',
        '      +- Aggregate [a#5 AS a#9], [count(1) AS count(1)#7]',
        '         +- Scan held [a#5, c#6]',
      ],
    ],
    [
      'select a from t where a not in (select c from u)',
      [
        'Project [a#1]',
        '+- Join NullAwareLeftAnti, (a#1 = c#6)',
        `   :- ${T}`,
        '   +- Project [c#6]',
        '      +- Scan held [a#5, c#6]',
      ],
    ],
    [
      'select a from t where a not in (select c from u where u.a = t.b)',
      [
        'Project [a#1]',
        '+- Join LeftAnti, ((a#5 = b#2) AND ((a#1 = c#6) OR isnull((a#1 = c#6))))',
        `   :- ${T}`,
        '   +- Project [c#6, a#5]',
        '      +- Scan held [a#5, c#6]',
      ],
    ],
    [
      'select rand() as r, r + 1 as r1, r1 * 2 as r2 from u',
      [
        'Project [r#3, (r#3 + 1) AS r1#4, ((r#3 + 1) * 2) AS r2#5]',
        '+- Project [a#1, c#2, rand() AS r#3]',
        '   +- Scan held [a#1, c#2]',
      ],
    ],
    [
      'select a, sum(c) as s, grouping_id() as g from u group by rollup(a) having sum(c) > 1 order by a',
      [
        'Sort [a#4 ASC NULLS FIRST], true',
        '+- Project [a#4, sum(c)#3 AS s#7, CASE WHEN spark_grouping_id#5 IN (0) THEN 0 WHEN spark_grouping_id#5 IN (1) THEN 1 ELSE 0 END AS g#8]',
        '   +- Filter (sum(c)#3 > 1)',
        '      +- Aggregate [a#4, spark_grouping_id#5], [sum(c#2) AS sum(c)#3]',
        '         +- Expand [[a#1, c#2, a#1, 0], [a#1, c#2, null, 1]], [a#1, c#2, a#4, spark_grouping_id#5]',
        '            +- Scan held [a#1, c#2]',
      ],
    ],
    [
      'select a, rank() over (order by sum(b)) as r from t group by a order by r',
      [
        'Sort [r#7 ASC NULLS FIRST], true',
        '+- Project [a#1, RANK() OVER (ORDER BY sum(b) ASC NULLS FIRST ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)#6 AS r#7]',
        '   +- Window [rank() AS RANK() OVER (ORDER BY sum(b) ASC NULLS FIRST ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)#6], [], [sum(b)#5 ASC NULLS FIRST]',
        '      +- Aggregate [a#1], [sum(b#2) AS sum(b)#5]',
        `         +- ${T}`,
      ],
    ],
    [
      'select q, p from t lateral view outer explode(arr) z as q lateral view posexplode(arr) as p, v',
      [
        'Project [q#5, p#6]',
        '+- Generate posexplode(arr#4), false, [p#6, v#7]',
        '   +- Generate explode(arr#4), true, [q#5]',
        `      +- ${T}`,
      ],
    ],
    [
      'with x as (select 1 as n) select w.n, x.n as m from w, x',
      [
        'Project [n#5, n#6 AS m#7]',
        '+- Join Cross',
        '   :- Project [n#5, b#2]',
        '   :  +- Filter (n#5 > 1)',
        '   :     +- Project [(a#1 + 1) AS n#5, b#2]',
        '   :        +- Project [a#1, b#2]',
        `   :           +- ${T}`,
        '   +- Project [1 AS n#6]',
        '      +- OneRowRelation',
      ],
    ],
  ])('%s', async (query, expected) => {
    expect((await tree(query)).split('\n')).toEqual(expected)
  })

  it('honours BROADCAST and COALESCE, and warns of hints it does not', async () => {
    const text = await tree(
      'select /*+ broadcast(u), merge(t), coalesce(2), foo, broadcast(zz) */ * from t join u using (a)',
    )
    expect(text).toContain('Join Inner, (a#1 = a#5), broadcast right')
    expect(text).toContain('Repartition coalesce 2')
    expect(fixture.warnings.join('\n')).toMatch(/FOO[\s\S]*MERGE|MERGE[\s\S]*FOO/)
    expect(fixture.warnings.some((warning) => warning.includes('zz'))).toBe(true)
  })

  it.each([
    [
      'select a + b, sum(a) over (order by b), A, t.s.x, cast(a as string), t.s.x + 1 from t',
      [
        '(a + b)',
        'sum(a) OVER (ORDER BY b ASC NULLS FIRST RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)',
        'A',
        'x',
        'a',
        '(s.x + 1)',
      ],
    ],
    [
      'select count(*), count(distinct a, b), sum(a) filter (where b > 1), first(a, true) from t',
      ['count(1)', 'count(DISTINCT a, b)', 'sum(a) FILTER (WHERE (b > 1))', 'first(a)'],
    ],
    [
      "select a <> 1, not a = 1, a is not null, a between 1 and 2, a in (1, 2), case a when 1 then 'x' end from t",
      [
        '(NOT (a = 1))',
        '(NOT (a = 1))',
        '(a IS NOT NULL)',
        'between(a, 1, 2)',
        '(a IN (1, 2))',
        'CASE WHEN (a = 1) THEN x END',
      ],
    ],
    [
      "select 1, 'abc', 1.5, 1e0, null, date'2020-01-01', interval '1 2:03:04' day to second, interval '1-2' year to month, -a from t",
      [
        '1',
        'abc',
        '1.5',
        '1.0',
        'NULL',
        "DATE '2020-01-01'",
        "INTERVAL '1 02:03:04' DAY TO SECOND",
        "INTERVAL '1-2' YEAR TO MONTH",
        '(- a)',
      ],
    ],
    [
      'select (select max(c) from u), (select max(c) from u where u.a = t.a), exists (select 1 from u), a in (select a from u) from t',
      ['scalarsubquery()', 'scalarsubquery(a)', 'exists()', '(a IN (listquery()))'],
    ],
  ])('names columns as Spark does: %s', async (query, names) => {
    expect(schemaOf(await fixture.plan(query)).fields.map(({ name }) => name)).toEqual(names)
  })
})
