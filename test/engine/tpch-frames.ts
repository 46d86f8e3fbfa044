import {
  avg,
  col,
  count,
  countDistinct,
  type DataFrame,
  expr,
  lit,
  type SparkSession,
  sum,
  when,
} from '../../src/engine/index.ts'

type Query = (spark: SparkSession) => DataFrame

const revenue = col('l_extendedprice').multiply(lit(1).minus(col('l_discount')))
const days = (text: string) => expr(`DATE'${text}'`)

/** Queries of TPC-H as a program would write them, by number; the same parameters as the SQL texts. */
export const TPCH_FRAMES: ReadonlyMap<number, Query> = new Map<number, Query>([
  [
    1,
    (spark) =>
      spark
        .table('lineitem')
        .filter("l_shipdate <= date '1998-12-01' - interval '68 days'")
        .groupBy('l_returnflag', 'l_linestatus')
        .agg(
          sum('l_quantity').as('sum_qty'),
          sum('l_extendedprice').as('sum_base_price'),
          sum(revenue).as('sum_disc_price'),
          sum(revenue.multiply(lit(1).plus(col('l_tax')))).as('sum_charge'),
          avg('l_quantity').as('avg_qty'),
          avg('l_extendedprice').as('avg_price'),
          avg('l_discount').as('avg_disc'),
          count('*').as('count_order'),
        )
        .orderBy('l_returnflag', 'l_linestatus'),
  ],
  [
    3,
    (spark) =>
      spark
        .table('customer')
        .filter(col('c_mktsegment').eq('BUILDING'))
        .join(
          spark.table('orders').filter(col('o_orderdate').lt(days('1995-03-15'))),
          col('c_custkey').eq(col('o_custkey')),
        )
        .join(
          spark.table('lineitem').filter(col('l_shipdate').gt(days('1995-03-15'))),
          col('l_orderkey').eq(col('o_orderkey')),
        )
        .groupBy('l_orderkey', 'o_orderdate', 'o_shippriority')
        .agg(sum(revenue).as('revenue'))
        .select('l_orderkey', 'revenue', 'o_orderdate', 'o_shippriority')
        .orderBy(col('revenue').desc(), 'o_orderdate')
        .limit(10),
  ],
  [
    4,
    (spark) =>
      spark
        .table('orders')
        .filter("o_orderdate >= date '1995-04-01' and o_orderdate < date '1995-07-01'")
        .join(
          spark.table('lineitem').filter(col('l_commitdate').lt(col('l_receiptdate'))),
          col('l_orderkey').eq(col('o_orderkey')),
          'left_semi',
        )
        .groupBy('o_orderpriority')
        .agg(count('*').as('order_count'))
        .orderBy('o_orderpriority'),
  ],
  [
    5,
    (spark) =>
      spark
        .table('customer')
        .join(spark.table('orders'), col('c_custkey').eq(col('o_custkey')))
        .join(spark.table('lineitem'), col('l_orderkey').eq(col('o_orderkey')))
        .join(
          spark.table('supplier'),
          col('l_suppkey')
            .eq(col('s_suppkey'))
            .and(col('c_nationkey').eq(col('s_nationkey'))),
        )
        .join(spark.table('nation'), col('s_nationkey').eq(col('n_nationkey')))
        .join(spark.table('region'), col('n_regionkey').eq(col('r_regionkey')))
        .filter(
          col('r_name')
            .eq('AFRICA')
            .and(col('o_orderdate').geq(days('1994-01-01')))
            .and(col('o_orderdate').lt(days('1995-01-01'))),
        )
        .groupBy('n_name')
        .agg(sum(revenue).as('revenue'))
        .orderBy(col('revenue').desc()),
  ],
  [
    6,
    (spark) =>
      spark
        .table('lineitem')
        .filter("l_shipdate >= date '1994-01-01' and l_shipdate < date '1995-01-01'")
        .where(expr('l_discount BETWEEN 0.03 AND 0.05').and(col('l_quantity').lt(24)))
        .agg(sum(col('l_extendedprice').multiply(col('l_discount'))).as('revenue')),
  ],
  [
    10,
    (spark) =>
      spark
        .table('customer')
        .join(
          spark.table('orders').filter("o_orderdate >= date '1993-07-01' and o_orderdate < date '1993-10-01'"),
          col('c_custkey').eq(col('o_custkey')),
        )
        .join(spark.table('lineitem').filter(col('l_returnflag').eq('R')), col('l_orderkey').eq(col('o_orderkey')))
        .join(spark.table('nation'), col('c_nationkey').eq(col('n_nationkey')))
        .groupBy('c_custkey', 'c_name', 'c_acctbal', 'c_phone', 'n_name', 'c_address', 'c_comment')
        .agg(sum(revenue).as('revenue'))
        .select('c_custkey', 'c_name', 'revenue', 'c_acctbal', 'n_name', 'c_address', 'c_phone', 'c_comment')
        .orderBy(col('revenue').desc())
        .limit(20),
  ],
  [
    12,
    (spark) => {
      const urgent = col('o_orderpriority').isin('1-URGENT', '2-HIGH')
      return spark
        .table('orders')
        .join(spark.table('lineitem'), col('o_orderkey').eq(col('l_orderkey')))
        .filter(
          col('l_shipmode')
            .isin('FOB', 'SHIP')
            .and(col('l_commitdate').lt(col('l_receiptdate')))
            .and(col('l_shipdate').lt(col('l_commitdate'))),
        )
        .filter("l_receiptdate >= date '1995-01-01' and l_receiptdate < date '1996-01-01'")
        .groupBy('l_shipmode')
        .agg(
          sum(when(urgent, 1).otherwise(0)).as('high_line_count'),
          sum(when(urgent, 0).otherwise(1)).as('low_line_count'),
        )
        .orderBy('l_shipmode')
    },
  ],
  [
    13,
    (spark) =>
      spark
        .table('customer')
        .join(
          spark.table('orders').filter(col('o_comment').like('%express%requests%').not()),
          col('c_custkey').eq(col('o_custkey')),
          'left_outer',
        )
        .groupBy('c_custkey')
        .agg(count('o_orderkey').as('c_count'))
        .groupBy('c_count')
        .agg(count('*').as('custdist'))
        .orderBy(col('custdist').desc(), col('c_count').desc()),
  ],
  [
    14,
    (spark) =>
      spark
        .table('lineitem')
        .join(spark.table('part'), col('l_partkey').eq(col('p_partkey')))
        .filter("l_shipdate >= date '1995-02-01' and l_shipdate < date '1995-03-01'")
        .agg(
          expr('100.00')
            .multiply(sum(when(col('p_type').startsWith('PROMO'), revenue).otherwise(0)))
            .divide(sum(revenue))
            .as('promo_revenue'),
        ),
  ],
  [
    16,
    (spark) =>
      spark
        .table('partsupp')
        .join(spark.table('part'), col('p_partkey').eq(col('ps_partkey')))
        .filter(col('p_brand').notEqual('Brand#14').and(col('p_type').like('SMALL PLATED%').not()))
        .filter(col('p_size').isin(14, 6, 5, 31, 49, 15, 41, 47))
        .join(
          spark.table('supplier').filter(col('s_comment').like('%Customer%Complaints%')),
          col('ps_suppkey').eq(col('s_suppkey')),
          'left_anti',
        )
        .groupBy('p_brand', 'p_type', 'p_size')
        .agg(countDistinct('ps_suppkey').as('supplier_cnt'))
        .orderBy(col('supplier_cnt').desc(), 'p_brand', 'p_type', 'p_size'),
  ],
  [
    18,
    (spark) => {
      const large = spark
        .table('lineitem')
        .groupBy('l_orderkey')
        .agg(sum('l_quantity').as('quantity'))
        .filter(col('quantity').gt(313))
        .select(col('l_orderkey').as('large_key'))
      return spark
        .table('orders')
        .join(large, col('o_orderkey').eq(col('large_key')), 'left_semi')
        .join(spark.table('customer'), col('c_custkey').eq(col('o_custkey')))
        .join(spark.table('lineitem'), col('o_orderkey').eq(col('l_orderkey')))
        .groupBy('c_name', 'c_custkey', 'o_orderkey', 'o_orderdate', 'o_totalprice')
        .agg(sum('l_quantity').as('total'))
        .orderBy(col('o_totalprice').desc(), 'o_orderdate')
        .limit(100)
    },
  ],
])
