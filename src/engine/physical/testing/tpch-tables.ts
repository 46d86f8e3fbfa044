/** One of a list, chosen by a number that is as good as random and always the same. */
const pick = (list: readonly string[], salt: number, of = 'i'): string =>
  `list_extract([${list.map((word) => `'${word}'`).join(', ')}], 1 + CAST(hash(${of}, ${salt}) % ${list.length} AS INTEGER))`

const number = (below: number, salt: number, of = 'i'): string => `CAST(hash(${of}, ${salt}) % ${below} AS INTEGER)`

const money = (most: number, salt: number, of = 'i'): string =>
  `CAST(${number(most * 100, salt, of)} / 100.0 AS DECIMAL(15,2))`

const NATIONS = [
  'ALGERIA 0',
  'ARGENTINA 1',
  'BRAZIL 1',
  'CANADA 1',
  'EGYPT 4',
  'ETHIOPIA 0',
  'FRANCE 3',
  'GERMANY 3',
  'INDIA 2',
  'INDONESIA 2',
  'IRAN 4',
  'IRAQ 4',
  'JAPAN 2',
  'JORDAN 4',
  'KENYA 0',
  'MOROCCO 0',
  'MOZAMBIQUE 0',
  'PERU 1',
  'CHINA 2',
  'ROMANIA 3',
  'SAUDI ARABIA 4',
  'VIETNAM 2',
  'RUSSIA 3',
  'UNITED KINGDOM 3',
  'UNITED STATES 1',
] as const

const values = (rows: readonly (readonly (string | number)[])[]): string =>
  rows.map((row) => `(${row.map((cell) => (typeof cell === 'number' ? cell : `'${cell}'`)).join(', ')})`).join(', ')

const nation = NATIONS.map((text, index) => [index, text.slice(0, -2), Number(text.at(-1)), `nation ${index}`])
const region = ['AFRICA', 'AMERICA', 'ASIA', 'EUROPE', 'MIDDLE EAST'].map((name, index) => [
  index,
  name,
  `region ${index}`,
])

const SUPPLIERS = 120
const PARTS = 1200
const CUSTOMERS = 600
const ORDERS = 6000

const supplierOf = (part: string, which: string): string =>
  `CAST((${part} + ${which} * 31) % ${SUPPLIERS} + 1 AS BIGINT)`

const orderDate = (of: string): string => `DATE '1992-01-01' + ${number(2405, 41, of)}`

/**
 * The tables of TPC-H with the words and ranges that its queries ask for, small and made by SQL alone, so that tests need
 * no files. Neither the sizes nor the spread of the values are the benchmark's: no figure may come from them.
 */
export const TPCH_TABLES: Readonly<Record<string, string>> = {
  region: `SELECT CAST(c0 AS BIGINT) AS r_regionkey, c1 AS r_name, c2 AS r_comment FROM (VALUES ${values(region)}) t(c0, c1, c2)`,
  nation: `SELECT CAST(c0 AS BIGINT) AS n_nationkey, c1 AS n_name, CAST(c2 AS BIGINT) AS n_regionkey, c3 AS n_comment FROM (VALUES ${values(nation)}) t(c0, c1, c2, c3)`,
  supplier: `SELECT i AS s_suppkey, format('Supplier#{:09d}', i) AS s_name, concat('street ', i) AS s_address,
    CAST(${number(25, 1)} AS BIGINT) AS s_nationkey, concat('11-', i) AS s_phone, ${money(9999, 2)} AS s_acctbal,
    CASE WHEN i % 20 = 0 THEN 'a Customer with Complaints' ELSE 'none' END AS s_comment FROM range(1, ${SUPPLIERS + 1}) r(i)`,
  part: `SELECT i AS p_partkey, concat(${pick(['blanched', 'green', 'almond', 'navy'], 3)}, ' ', ${pick(['lime', 'forest', 'rose'], 4)}) AS p_name,
    concat('Manufacturer#', 1 + ${number(5, 5)}) AS p_mfgr, concat('Brand#', 1 + ${number(5, 6)}, 1 + ${number(3, 7)}) AS p_brand,
    concat(${pick(['PROMO', 'SMALL', 'LARGE', 'MEDIUM'], 8)}, ' ', ${pick(['PLATED', 'BRUSHED'], 9)}, ' ', ${pick(['STEEL', 'TIN', 'BRASS'], 10)}) AS p_type,
    1 + ${number(50, 11)} AS p_size, concat(${pick(['SM', 'MED', 'LG'], 12)}, ' ', ${pick(['CASE', 'BOX', 'BAG', 'PKG', 'PACK'], 13)}) AS p_container,
    ${money(2000, 14)} AS p_retailprice, concat('part ', i) AS p_comment FROM range(1, ${PARTS + 1}) r(i)`,
  partsupp: `SELECT p AS ps_partkey, ${supplierOf('p', 'w')} AS ps_suppkey, 1 + ${number(9999, 15, 'p * 4 + w')} AS ps_availqty,
    ${money(1000, 16, 'p * 4 + w')} AS ps_supplycost, 'x' AS ps_comment FROM range(1, ${PARTS + 1}) a(p), range(4) b(w)`,
  customer: `SELECT i AS c_custkey, format('Customer#{:09d}', i) AS c_name, concat('road ', i) AS c_address, CAST(${number(25, 17)} AS BIGINT) AS c_nationkey,
    concat(10 + ${number(25, 17)}, '-', i) AS c_phone, CAST(${money(11000, 18)} - 1000 AS DECIMAL(15,2)) AS c_acctbal,
    ${pick(['BUILDING', 'AUTOMOBILE', 'MACHINERY'], 19)} AS c_mktsegment, concat('customer ', i) AS c_comment FROM range(1, ${CUSTOMERS + 1}) r(i)`,
  orders: `SELECT i AS o_orderkey, CAST(1 + ${number((CUSTOMERS * 2) / 3, 20)} AS BIGINT) AS o_custkey, ${pick(['F', 'O', 'P'], 21)} AS o_orderstatus,
    ${money(400000, 22)} AS o_totalprice, ${orderDate('i')} AS o_orderdate, ${pick(['1-URGENT', '2-HIGH', '3-MEDIUM', '5-LOW'], 23)} AS o_orderpriority,
    concat('Clerk#', i % 100) AS o_clerk, 0 AS o_shippriority,
    CASE WHEN i % 40 = 0 THEN 'express lunch requests' ELSE concat('order ', i) END AS o_comment FROM range(1, ${ORDERS + 1}) r(i)`,
  lineitem: `SELECT o AS l_orderkey, part AS l_partkey, ${supplierOf('part', number(4, 25, 'k'))} AS l_suppkey, n AS l_linenumber,
    CAST(1 + ${number(50, 26, 'k')} + CASE WHEN o % 500 = 0 THEN 60 ELSE 0 END AS DECIMAL(15,2)) AS l_quantity, ${money(90000, 27, 'k')} AS l_extendedprice,
    CAST(${number(11, 28, 'k')} / 100.0 AS DECIMAL(15,2)) AS l_discount, CAST(${number(9, 29, 'k')} / 100.0 AS DECIMAL(15,2)) AS l_tax,
    ${pick(['R', 'A', 'N'], 30, 'k')} AS l_returnflag, ${pick(['F', 'O'], 31, 'k')} AS l_linestatus, day + 1 + ${number(121, 32, 'k')} AS l_shipdate,
    day + 30 + ${number(61, 33, 'k')} AS l_commitdate, day + 2 + ${number(121, 32, 'k')} + ${number(30, 34, 'k')} AS l_receiptdate,
    ${pick(['DELIVER IN PERSON', 'NONE'], 35, 'k')} AS l_shipinstruct, ${pick(['AIR', 'AIR REG', 'FOB', 'SHIP', 'RAIL'], 36, 'k')} AS l_shipmode, 'x' AS l_comment
    FROM (SELECT o, CAST(n AS INTEGER) AS n, o * 8 + n AS k, CAST(1 + ${number(PARTS, 24, 'o * 8 + n')} AS BIGINT) AS part, ${orderDate('o')} AS day
      FROM range(1, ${ORDERS + 1}) a(o), range(1, 8) b(n) WHERE n <= 1 + ${number(7, 37, 'o')})`,
}
