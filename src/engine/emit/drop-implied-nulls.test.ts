import { describe, expect, it } from 'vitest'
import { optimize } from '../optimizer/optimize.ts'
import { printPlan } from '../optimizer/print-plan.ts'
import { TABLE_STATISTICS, tablePlan } from '../optimizer/testing/table-plans.ts'
import { dropImpliedNulls } from './drop-implied-nulls.ts'

const filtersLeft = async (sql: string): Promise<readonly string[]> => {
  const plan = optimize(await tablePlan(sql), { sources: TABLE_STATISTICS })
  const text = printPlan(dropImpliedNulls(plan)).replaceAll(/#\d+/g, '')
  return [...text.matchAll(/Relation (\w) [^\n]*?(?:PushedFilters: (\[.*\]))?$/gm)].map(([, table, filters]) =>
    `${table} ${filters ?? ''}`.trim(),
  )
}

describe('dropImpliedNulls', () => {
  it.each([
    ['SELECT t.b FROM t JOIN u ON t.a = u.a', ['t', 'u']],
    ['SELECT b FROM t WHERE a IN (SELECT a FROM u)', ['t', 'u']],
    ['SELECT t.b, u.c FROM t LEFT JOIN u ON t.a = u.a WHERE t.a IS NOT NULL', ['t [isnotnull(a)]', 'u']],
    [
      'SELECT b FROM t WHERE NOT EXISTS (SELECT 1 FROM u WHERE u.a = t.a) AND t.a IS NOT NULL',
      ['t [isnotnull(a)]', 'u'],
    ],
    ['SELECT t.b FROM t JOIN u ON t.a <=> u.a WHERE u.a IS NOT NULL', ['t', 'u [isnotnull(a)]']],
    ['SELECT b FROM t WHERE a IS NOT NULL AND a > 5', ['t [(a > 5)]']],
    ['SELECT b FROM t WHERE a IS NOT NULL', ['t [isnotnull(a)]']],
    [
      'SELECT count(*) FROM t FULL JOIN (SELECT a FROM u WHERE a IS NOT NULL) u ON t.a = u.a',
      ['t', 'u [isnotnull(a)]'],
    ],
    ['SELECT t.b FROM t JOIN (SELECT a, max(c) m FROM u GROUP BY a) g ON t.a = g.a', ['t', 'u']],
    ['SELECT t.b FROM t JOIN (SELECT a FROM u WHERE a IS NOT NULL LIMIT 3) g ON t.a = g.a', ['t', 'u [isnotnull(a)]']],
  ])('%s', async (sql, expected) => {
    expect((await filtersLeft(sql)).toSorted()).toEqual(expected.toSorted())
  })
})
