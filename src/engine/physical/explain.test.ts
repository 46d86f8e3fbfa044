import { describe, expect, it } from 'vitest'
import { lookupFunction } from '../functions/registry.ts'
import { optimize } from '../optimizer/optimize.ts'
import { makeEstimator } from '../optimizer/statistics.ts'
import { TABLE_STATISTICS, tablePlan } from '../optimizer/testing/table-plans.ts'
import { parseQuery } from '../sql/parse.ts'
import { type ExplainMode, explain } from './explain.ts'
import { planLimits } from './physical-options.ts'
import { planPhysical } from './plan-physical.ts'

const explained = async (sql: string, mode: ExplainMode, conf = {}, local = false): Promise<string> => {
  const analyzed = await tablePlan(sql)
  const optimized = optimize(analyzed, { sources: TABLE_STATISTICS, validate: true })
  const estimate = makeEstimator(TABLE_STATISTICS)
  const part = { paths: ['/x.parquet'], rows: undefined, bytes: 1 }
  const physical = planPhysical(optimized, {
    local,
    slots: 2,
    estimate,
    parts: (relation) => (relation.kind === 'files' && relation.source.key !== 'v' ? [part, part, part] : [part]),
    functionOf: lookupFunction,
    limits: planLimits(conf),
  })
  const parsed = parseQuery(sql, { timeZone: 'UTC' })
  return explain({ parsed, analyzed, optimized, physical, estimate }, mode).replaceAll(/#\d+/g, '')
}

const SHUFFLED = { 'spark.sql.autoBroadcastJoinThreshold': '-1', 'spark.bellows.broadcast.inlineMaxBytes': '0' }

const JOIN = "SELECT u.n, sum(t.b) AS total FROM t JOIN u ON t.a = u.a WHERE t.s = 'x' GROUP BY u.n"

describe('explain', () => {
  it('shows stages, exchanges, what scans were given, and why a join is a broadcast', async () => {
    expect(await explained(JOIN, 'simple')).toMatchInlineSnapshot(`
      "== Physical Plan ==
      Result [stage 1, 2 tasks]
        (aggregate: merged by key)
      +- Project [n, sum(b) AS total]
         +- Project [n, sum(b) AS sum(b)]
            +- Aggregate [n], [$sum_merge(sum(b)) AS sum(b)]
               +- Exchange hashpartitioning(n, 2) [stage 0, 3 tasks]
                    (inner join: left side each task reads it (about 8 B))
                    (aggregate: partly in each task)
                  +- Aggregate [n], [sum(b) AS sum(b)]
                     +- Project [b, n]
                        +- Join inner, (a = a)
                           :- Project [a, b]
                           :  +- Scan parquet t [a, b, s] PushedFilters: [(s = x), isnotnull(a)] (read whole by each task)
                           +- Scan parquet u [a, n] PushedFilters: [isnotnull(a)] (3 parts)"
    `)
  })

  it('shuffles both sides when nothing may be broadcast', async () => {
    expect(await explained(JOIN, 'simple', SHUFFLED)).toMatchInlineSnapshot(`
      "== Physical Plan ==
      Result [stage 3, 2 tasks]
        (aggregate: merged by key)
      +- Project [n, sum(b) AS total]
         +- Project [n, sum(b) AS sum(b)]
            +- Aggregate [n], [$sum_merge(sum(b)) AS sum(b)]
               +- Exchange hashpartitioning(n, 2) [stage 2, 2 tasks]
                    (inner join: both sides by key in 2 partitions (about 8 B, above the limit for broadcasts))
                    (aggregate: partly in each task)
                  +- Aggregate [n], [sum(b) AS sum(b)]
                     +- Project [b, n]
                        +- Join inner, (a = a)
                           :- Exchange hashpartitioning(a, 2) [stage 0, 3 tasks]
                           :  +- Project [a, b]
                           :     +- Scan parquet t [a, b, s] PushedFilters: [(s = x), isnotnull(a)] (3 parts)
                           +- Exchange hashpartitioning(a, 2) [stage 1, 3 tasks]
                              +- Scan parquet u [a, n] PushedFilters: [isnotnull(a)] (3 parts)"
    `)
  })

  it('says what is not distributed, and why', async () => {
    const text = await explained('SELECT a, row_number() OVER (ORDER BY b) AS r FROM t', 'simple')
    expect(text).toContain('== Not Distributed ==\nstage 1: a window without PARTITION BY looks at all rows together')
    expect(await explained('SELECT median(b) FROM t', 'simple')).toContain(
      'median needs all rows of a group in one place',
    )
  })

  it('is one task without exchanges in local mode', async () => {
    const text = await explained(JOIN, 'simple', {}, true)
    expect(text).toContain('Result [stage 0, 1 task]')
    expect(text).not.toContain('Exchange')
  })

  it('has the four plans in extended mode', async () => {
    const text = await explained('SELECT a FROM t WHERE b > 1 + 1', 'extended')
    expect(text.match(/^== .* ==$/gm)).toEqual([
      '== Parsed Logical Plan ==',
      '== Analyzed Logical Plan ==',
      '== Optimized Logical Plan ==',
      '== Physical Plan ==',
    ])
    expect(text).toContain("'Select ['a], where ('b > (1 + 1))")
    expect(text).toContain('PushedFilters: [(b > 2)]')
  })

  it('has sizes in cost mode and numbered nodes in formatted mode', async () => {
    expect(await explained('SELECT a FROM t', 'cost')).toMatch(
      /Relation t \[a\], Statistics\(sizeInBytes=\S+ MiB, rowCount=1000000\)/,
    )
    const formatted = await explained('SELECT a, count(*) FROM t GROUP BY a', 'formatted')
    expect(formatted).toMatch(/^\(1\) Scan parquet t \[a\]/m)
    expect(formatted).toMatch(/^Files: 1, 19\.1 MiB; 3 parts$/m)
  })
})
