import { describe, expect, it } from 'vitest'
import type { LogicalPlan } from '../plan/logical-plan.ts'
import { inputsOf } from '../plan/plan-shape.ts'
import { TPCH_QUERIES } from '../sql/testing/tpch-queries.ts'
import { schemaOf } from './analyze.ts'
import { outerIds } from './plan-tree.ts'
import { openFixture } from './testing/analysis-fixture.ts'

const TABLES = {
  lineitem:
    'l_orderkey BIGINT, l_partkey BIGINT, l_suppkey BIGINT, l_linenumber INT, l_quantity DECIMAL(15,2), l_extendedprice DECIMAL(15,2), l_discount DECIMAL(15,2), l_tax DECIMAL(15,2), l_returnflag STRING, l_linestatus STRING, l_shipdate DATE, l_commitdate DATE, l_receiptdate DATE, l_shipinstruct STRING, l_shipmode STRING, l_comment STRING',
  orders:
    'o_orderkey BIGINT, o_custkey BIGINT, o_orderstatus STRING, o_totalprice DECIMAL(15,2), o_orderdate DATE, o_orderpriority STRING, o_clerk STRING, o_shippriority INT, o_comment STRING',
  customer:
    'c_custkey BIGINT, c_name STRING, c_address STRING, c_nationkey INT, c_phone STRING, c_acctbal DECIMAL(15,2), c_mktsegment STRING, c_comment STRING',
  part: 'p_partkey BIGINT, p_name STRING, p_mfgr STRING, p_brand STRING, p_type STRING, p_size INT, p_container STRING, p_retailprice DECIMAL(15,2), p_comment STRING',
  partsupp: 'ps_partkey BIGINT, ps_suppkey BIGINT, ps_availqty INT, ps_supplycost DECIMAL(15,2), ps_comment STRING',
  supplier:
    's_suppkey BIGINT, s_name STRING, s_address STRING, s_nationkey INT, s_phone STRING, s_acctbal DECIMAL(15,2), s_comment STRING',
  nation: 'n_nationkey INT, n_name STRING, n_regionkey INT, n_comment STRING',
  region: 'r_regionkey INT, r_name STRING, r_comment STRING',
}

/** The view of q15. */
const REVENUE = `select l_suppkey as supplier_no, sum(l_extendedprice * (1 - l_discount)) as total_revenue from lineitem
  where l_shipdate >= date '1996-08-01' and l_shipdate < date '1996-08-01' + interval '3' month group by l_suppkey`

const { plan } = openFixture({ tables: TABLES, views: { revenue0: REVENUE } })

const kindsOf = (node: LogicalPlan): readonly string[] => [
  node.kind === 'join' ? `${node.how} join` : node.kind,
  ...inputsOf(node).flatMap(kindsOf),
]

describe('TPC-H', () => {
  const queries = TPCH_QUERIES.map((query, index) => ({
    number: index + 1,
    query: query.split(';').find((statement) => /^\s*(with|select)\b/i.test(statement))!,
  }))

  it.each(queries)('q$number is analysed, without correlation', async ({ query }) => {
    const analysed = await plan(query)
    expect(outerIds(analysed).size).toBe(0)
    expect(analysed.output.length).toBeGreaterThan(0)
  })

  it('has types as Spark has them', async () => {
    const { fields } = schemaOf(await plan(TPCH_QUERIES[0]!))
    expect(fields.map(({ name, type }) => [name, type])).toEqual([
      ['l_returnflag', { kind: 'string' }],
      ['l_linestatus', { kind: 'string' }],
      ['sum_qty', { kind: 'decimal', precision: 25, scale: 2 }],
      ['sum_base_price', { kind: 'decimal', precision: 25, scale: 2 }],
      ['sum_disc_price', { kind: 'decimal', precision: 38, scale: 4 }],
      ['sum_charge', { kind: 'decimal', precision: 38, scale: 6 }],
      ['avg_qty', { kind: 'decimal', precision: 19, scale: 6 }],
      ['avg_price', { kind: 'decimal', precision: 19, scale: 6 }],
      ['avg_disc', { kind: 'decimal', precision: 19, scale: 6 }],
      ['count_order', { kind: 'long' }],
    ])
  })

  it.each([
    [2, ['left join']],
    [4, ['semi join']],
    [16, ['null-aware-anti join']],
    [17, ['left join']],
    [18, ['semi join']],
    [20, ['semi join', 'left join', 'semi join']],
    [21, ['anti join', 'semi join']],
    [22, ['anti join']],
  ] as const)('rewrites the subqueries of q%i as joins', async (number, joins) => {
    const kinds = kindsOf(await plan(queries[number - 1]!.query))
    expect(kinds.filter((kind) => /(semi|anti|left) join/.test(kind))).toEqual(joins)
  })
})
