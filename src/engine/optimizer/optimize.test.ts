import { describe, expect, it } from 'vitest'
import type { LogicalPlan } from '../plan/logical-plan.ts'
import { BATCHES } from './batches.ts'
import { emptyRows } from './build.ts'
import { optimize } from './optimize.ts'
import { printPlan } from './print-plan.ts'
import type { Rule } from './rule.ts'
import { TABLE_STATISTICS, tablePlan } from './testing/table-plans.ts'

/** The optimised plan without the numbers of its columns, which say nothing here. */
const optimised = async (sql: string): Promise<string> =>
  printPlan(optimize(await tablePlan(sql), { sources: TABLE_STATISTICS, validate: true })).replaceAll(/#\d+/g, '')

const table: readonly (readonly [string, string, string])[] = [
  [
    'a filter sinks into the scan, which reads the needed columns only',
    'SELECT b FROM (SELECT a, b, s FROM t) WHERE a > 5',
    ['Project [b]', '+- Relation t [a, b], PushedFilters: [(a > 5)]'].join('\n'),
  ],
  [
    'through the sides of a left join as its type allows',
    "SELECT t.a, u.c FROM t LEFT JOIN u ON t.a = u.a AND u.n = 'x' WHERE t.b = 1",
    [
      'Project [a, c]',
      '+- Join left, (a = a)',
      '   :- Project [a]',
      '   :  +- Relation t [a, b], PushedFilters: [(b = 1)]',
      '   +- Project [a, c]',
      '      +- Relation u [a, c, n], PushedFilters: [(n = x), isnotnull(a)]',
    ].join('\n'),
  ],
  [
    'an outer join whose null rows a filter rejects is an inner one',
    'SELECT t.a FROM t LEFT JOIN u ON t.a = u.a WHERE u.c > 3',
    [
      'Project [a]',
      '+- Join inner, (a = a)',
      '   :- Relation t [a], PushedFilters: [isnotnull(a)]',
      '   +- Project [a]',
      '      +- Relation u [a, c], PushedFilters: [(c > 3), isnotnull(a)]',
    ].join('\n'),
  ],
  [
    'constants travel along equalities',
    'SELECT t.b FROM t JOIN u ON t.a = u.a WHERE u.a = 7',
    [
      'Project [b]',
      '+- Join inner, (a = a)',
      '   :- Relation t [a, b], PushedFilters: [(a = 7), isnotnull(a)]',
      '   +- Relation u [a], PushedFilters: [(a = 7), isnotnull(a)]',
    ].join('\n'),
  ],
  [
    'comma joins become joins by key, the small ones first',
    'SELECT t.b FROM t, v, u WHERE t.a = u.a AND u.c = v.c',
    [
      'Project [b]',
      '+- Join inner, (a = a)',
      '   :- Relation t [a, b], PushedFilters: [isnotnull(a)]',
      '   +- Project [a]',
      '      +- Join inner, (c = c)',
      '         :- Relation u [a, c], PushedFilters: [isnotnull(a), isnotnull(c)]',
      '         +- Relation v [c], PushedFilters: [isnotnull(c)]',
    ].join('\n'),
  ],
  [
    'a filter on groups sinks below the aggregate, one on results stays',
    'SELECT a, sum(b) FROM t GROUP BY a HAVING a = 1 AND sum(b) > 5',
    [
      'Filter (sum(b) > 5)',
      '+- Aggregate [a], [sum(b) AS sum(b)]',
      '   +- Relation t [a, b], PushedFilters: [(a = 1)]',
    ].join('\n'),
  ],
  [
    'a filter sinks into each arm of a union',
    'SELECT * FROM (SELECT a FROM t UNION ALL SELECT a FROM u) WHERE a < 3',
    ['Union [a]', ':- Relation t [a], PushedFilters: [(a < 3)]', '+- Relation u [a], PushedFilters: [(a < 3)]'].join(
      '\n',
    ),
  ],
  [
    'a filter on partition keys sinks below a window, others stay',
    'SELECT * FROM (SELECT a, b, row_number() OVER (PARTITION BY a ORDER BY b) AS r FROM t) WHERE a = 1 AND r = 1',
    [
      'Project [a, b, row_number() OVER (PARTITION BY a ORDER BY b ASC NULLS FIRST ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS r]',
      '+- Filter (row_number() OVER (PARTITION BY a ORDER BY b ASC NULLS FIRST ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) = 1)',
      '   +- Window [row_number() OVER (…) AS row_number() OVER (PARTITION BY a ORDER BY b ASC NULLS FIRST ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)], [a], [b ASC NULLS FIRST]',
      '      +- Relation t [a, b], PushedFilters: [(a = 1)]',
    ].join('\n'),
  ],
  ['what is never true gives no rows', 'SELECT a FROM t WHERE 1 = 2', ['LocalRelation <empty> [a]'].join('\n')],
  [
    'what is common to all arms of an OR is taken out',
    'SELECT t.b FROM t, u WHERE (t.a = u.a AND t.b = 1) OR (t.a = u.a AND u.c = 2)',
    [
      'Project [b]',
      '+- Join inner, ((a = a) AND ((b = 1) OR (c = 2)))',
      '   :- Relation t [a, b], PushedFilters: [isnotnull(a)]',
      '   +- Relation u [a, c], PushedFilters: [isnotnull(a)]',
    ].join('\n'),
  ],
  [
    'limits sink into the arms of a union',
    'SELECT a FROM t UNION ALL SELECT a FROM u LIMIT 5',
    [
      'Limit 5',
      '+- Union [a]',
      '   :- Limit 5',
      '   :  +- Relation t [a]',
      '   +- Limit 5',
      '      +- Relation u [a]',
    ].join('\n'),
  ],
  [
    'sorts below aggregates go',
    'SELECT a, count(*) FROM (SELECT * FROM t ORDER BY b) GROUP BY a',
    ['Aggregate [a], [count(1) AS count(1)]', '+- Relation t [a]'].join('\n'),
  ],
  [
    'random numbers stay where they are',
    'SELECT r FROM (SELECT a, rand() AS r FROM t) WHERE r > 0.5',
    ['Filter (r > cast(0.5 as double))', '+- Project [rand() AS r]', '   +- Relation t [a]'].join('\n'),
  ],
  [
    'a semi join sinks to the side it is about',
    'SELECT t.b FROM t JOIN t AS o ON t.b = o.b WHERE t.a IN (SELECT a FROM u)',
    [
      'Project [b]',
      '+- Join inner, (b = b)',
      '   :- Project [b]',
      '   :  +- Join semi, (a = a)',
      '   :     :- Relation t [a, b], PushedFilters: [isnotnull(a), isnotnull(b)]',
      '   :     +- Relation u [a], PushedFilters: [isnotnull(a)]',
      '   +- Relation t [b], PushedFilters: [isnotnull(b)]',
    ].join('\n'),
  ],
  [
    'a semi join stays above an inner join that leaves few rows',
    'SELECT t.b FROM t JOIN v ON t.b = v.c WHERE t.a IN (SELECT a FROM u)',
    [
      'Project [b]',
      '+- Join semi, (a = a)',
      '   :- Project [a, b]',
      '   :  +- Join inner, (b = c)',
      '   :     :- Relation t [a, b], PushedFilters: [isnotnull(b), isnotnull(a)]',
      '   :     +- Relation v [c], PushedFilters: [isnotnull(c)]',
      '   +- Relation u [a], PushedFilters: [isnotnull(a)]',
    ].join('\n'),
  ],
]

describe('optimize', () => {
  it.each(table)('%s', async (_, sql, expected) => {
    expect(await optimised(sql)).toBe(expected)
  })

  it('names the rule that would change the columns', async () => {
    const broken: Rule = { name: 'Broken', apply: (plan): LogicalPlan => emptyRows(plan.output.slice(1)) }
    const plan = await tablePlan('SELECT a, b FROM t')
    expect(() => optimize(plan, { validate: true, batches: [{ name: 'one', rounds: 1, rules: [broken] }] })).toThrow(
      /optimizer rule Broken: the columns became b#\d+/,
    )
  })

  it('leaves out rules by name and tells which changed the plan', async () => {
    const plan = await tablePlan('SELECT a FROM t WHERE b > 1')
    const changed: string[] = []
    optimize(plan, { changed: (rule) => changed.push(rule), excluded: new Set(['ColumnPruning']) })
    expect(changed).toContain('PushDownPredicates')
    expect(changed).not.toContain('ColumnPruning')
  })

  it('comes to rest: what is optimised stays as it is', async () => {
    for (const [, sql] of table) {
      const once = optimize(await tablePlan(sql), { sources: TABLE_STATISTICS, validate: true })
      const twice = optimize(once, { sources: TABLE_STATISTICS, validate: true })
      expect(printPlan(twice)).toBe(printPlan(once))
    }
  })

  it('has each rule once by name', () => {
    const rules = new Set(BATCHES.flatMap((batch) => batch.rules))
    expect(new Set([...rules].map(({ name }) => name)).size).toBe(rules.size)
  })
})
