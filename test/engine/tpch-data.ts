import { join } from 'node:path'
import type { Connection } from '../../src/engine/duckdb/database.ts'
import { quoteText } from '../../src/engine/duckdb/quote.ts'

/** Texts that TPC-H's queries ask for, in a proportion that lets each of them find rows. */
const NATIONS =
  'ALGERIA:0 ARGENTINA:1 BRAZIL:1 CANADA:1 EGYPT:4 ETHIOPIA:0 FRANCE:3 GERMANY:3 INDIA:2 INDONESIA:2 IRAN:4 IRAQ:4 JAPAN:2 JORDAN:4 KENYA:0 MOROCCO:0 MOZAMBIQUE:0 PERU:1 CHINA:2 ROMANIA:3 SAUDI-ARABIA:4 VIETNAM:2 RUSSIA:3 UNITED-KINGDOM:3 UNITED-STATES:1'.split(
    ' ',
  )
const list = (texts: string): string => `[${texts.split(',').map(quoteText).join(', ')}]`

const nations = NATIONS.map((text, key) => {
  const [name = '', region] = text.split(':')
  return `(${key}, ${quoteText(name.replace('-', ' '))}, ${region}, 'nation ${key}')`
})

const REGIONS = ['AFRICA', 'AMERICA', 'ASIA', 'EUROPE', 'MIDDLE EAST'].map(
  (name, key) => `(${key}, '${name}', 'region')`,
)

const MACROS = [
  // A number from 0 to n - 1 that row and salt decide.
  'CREATE MACRO h(x, salt, n) AS (hash(x * 1009 + salt) % n)::BIGINT',
  'CREATE MACRO pick(x, salt, items) AS items[h(x, salt, len(items)) + 1]',
  'CREATE MACRO money(x, salt, low, high) AS ((low * 100 + h(x, salt, (high - low) * 100)) / 100)::DECIMAL(15, 2)',
  `CREATE MACRO word(x, salt) AS pick(x, salt, ${list('almond,blanched,carefully,express,final,moccasin,pending,quick,requests,special,Customer,Complaints')})`,
  "CREATE MACRO words(x, salt) AS word(x, salt) || ' ' || word(x, salt + 1) || ' ' || word(x, salt + 2) || ' ' || word(x, salt + 3)",
]

const SYLLABLES = {
  type: [
    'STANDARD,SMALL,MEDIUM,LARGE,ECONOMY,PROMO',
    'ANODIZED,BURNISHED,PLATED,POLISHED,BRUSHED',
    'TIN,NICKEL,BRASS,STEEL,COPPER',
  ],
  container: ['SM,LG,MED,JUMBO,WRAP', 'CASE,BOX,BAG,JAR,PKG,PACK,CAN,DRUM'],
}

const joined = (parts: readonly string[], salt: number): string =>
  parts.map((part, index) => `pick(k, ${salt + index}, ${list(part)})`).join(" || ' ' || ")

/** 15,000 orders at scale 0.01, as TPC-H has them. */
const tables = (scale: number): Readonly<Record<string, string>> => {
  const [customers, parts, suppliers, orders] = [150_000, 200_000, 10_000, 1_500_000].map((rows) =>
    Math.ceil(rows * scale),
  ) as [number, number, number, number]
  return {
    region: `SELECT * FROM (VALUES ${REGIONS.join(', ')}) AS t(r_regionkey, r_name, r_comment)`,
    nation: `SELECT * FROM (VALUES ${nations.join(', ')}) AS t(n_nationkey, n_name, n_regionkey, n_comment)`,
    supplier: `SELECT k AS s_suppkey, printf('Supplier#%09d', k) AS s_name, words(k, 1) AS s_address, h(k, 2, 25)::INTEGER AS s_nationkey,
      printf('%d-%03d-%04d', 10 + h(k, 2, 25), h(k, 3, 1000), h(k, 4, 10000)) AS s_phone, money(k, 5, -999, 9999) AS s_acctbal,
      words(k, 6) AS s_comment FROM range(1, ${suppliers} + 1) AS t(k)`,
    customer: `SELECT k AS c_custkey, printf('Customer#%09d', k) AS c_name, words(k, 11) AS c_address, h(k, 12, 25)::INTEGER AS c_nationkey,
      printf('%d-%03d-%04d', 10 + h(k, 12, 25), h(k, 13, 1000), h(k, 14, 10000)) AS c_phone, money(k, 15, -999, 9999) AS c_acctbal,
      pick(k, 16, ${list('AUTOMOBILE,BUILDING,FURNITURE,MACHINERY,HOUSEHOLD')}) AS c_mktsegment, words(k, 17) AS c_comment
      FROM range(1, ${customers} + 1) AS t(k)`,
    part: `SELECT k AS p_partkey, words(k, 21) AS p_name, 'Manufacturer#' || (1 + h(k, 25, 5)) AS p_mfgr,
      'Brand#' || (1 + h(k, 25, 5)) || (1 + h(k, 26, 5)) AS p_brand, ${joined(SYLLABLES.type, 27)} AS p_type,
      (1 + h(k, 30, 50))::INTEGER AS p_size, ${joined(SYLLABLES.container, 31)} AS p_container,
      (900 + k % 1000)::DECIMAL(15, 2) AS p_retailprice, words(k, 33) AS p_comment FROM range(1, ${parts} + 1) AS t(k)`,
    partsupp: `SELECT k AS ps_partkey, 1 + (k + i * ${Math.max(1, Math.floor(suppliers / 4))}) % ${suppliers} AS ps_suppkey,
      (1 + h(k * 4 + i, 41, 9999))::INTEGER AS ps_availqty, money(k * 4 + i, 42, 1, 1000) AS ps_supplycost, words(k * 4 + i, 43) AS ps_comment
      FROM range(1, ${parts} + 1) AS t(k), range(4) AS u(i)`,
    // A third of the customers never order.
    orders: `SELECT k * 4 AS o_orderkey, 1 + (h(k, 51, ${customers}) // 3) * 3 % ${customers} AS o_custkey, pick(k, 52, ['F', 'O', 'P']) AS o_orderstatus,
      money(k, 53, 900, 500000) AS o_totalprice, DATE '1992-01-01' + h(k, 54, 2400)::INTEGER AS o_orderdate,
      pick(k, 55, ${list('1-URGENT,2-HIGH,3-MEDIUM,4-NOT SPECIFIED,5-LOW')}) AS o_orderpriority, 'Clerk#' || h(k, 56, 1000) AS o_clerk,
      0 AS o_shippriority, words(k, 57) AS o_comment FROM range(1, ${orders} + 1) AS t(k)`,
    lineitem: `SELECT k * 4 AS l_orderkey, p AS l_partkey, 1 + (p + h(x, 62, 4) * ${Math.max(1, Math.floor(suppliers / 4))}) % ${suppliers} AS l_suppkey,
      (i + 1)::INTEGER AS l_linenumber, (CASE WHEN h(k, 70, 200) = 0 THEN 50 ELSE 1 + h(x, 63, 50) END)::DECIMAL(15, 2) AS l_quantity,
      money(x, 64, 900, 95000) AS l_extendedprice, (h(x, 65, 11) / 100)::DECIMAL(15, 2) AS l_discount, (h(x, 66, 9) / 100)::DECIMAL(15, 2) AS l_tax,
      pick(x, 67, ['R', 'A', 'N']) AS l_returnflag, pick(x, 68, ['O', 'F']) AS l_linestatus, shipped AS l_shipdate,
      shipped + (h(x, 71, 60) - 30)::INTEGER AS l_commitdate, shipped + (1 + h(x, 72, 30))::INTEGER AS l_receiptdate,
      pick(x, 73, ${list('DELIVER IN PERSON,COLLECT COD,NONE,TAKE BACK RETURN')}) AS l_shipinstruct,
      pick(x, 74, ${list('AIR,AIR REG,FOB,SHIP,MAIL,RAIL,TRUCK')}) AS l_shipmode, words(x, 75) AS l_comment
      FROM (SELECT k, i, k * 8 + i AS x, 1 + h(k * 8 + i, 61, ${parts}) AS p,
        DATE '1992-01-01' + (h(k, 54, 2400) + 1 + h(k * 8 + i, 76, 120))::INTEGER AS shipped
        FROM range(1, ${orders} + 1) AS t(k), range(8) AS u(i) WHERE i <= h(k, 77, 7) OR h(k, 70, 200) = 0)`,
  }
}

export const TPCH_TABLES: readonly string[] = Object.keys(tables(0))

/**
 * Tables with TPC-H's schema, types and proportions, the same in every run: texts and numbers are hashes of the keys, not
 * TPC-H's own, so its reference answers do not hold. One Parquet file a table, of several row groups.
 */
export const writeTpchTables = async (connection: Connection, directory: string, scale: number): Promise<void> => {
  for (const macro of MACROS) await connection.read(macro)
  for (const [name, sql] of Object.entries(tables(scale))) {
    const path = quoteText(join(directory, `${name}.parquet`))
    await connection.read(`COPY (${sql}) TO ${path} (FORMAT parquet, ROW_GROUP_SIZE 2048)`)
    await connection.createView(name, `SELECT * FROM read_parquet(${path})`)
  }
}
