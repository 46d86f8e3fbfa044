import fc from 'fast-check'

/** A query over the tables `facts` (large) and `dims` (small), and whether its ORDER BY fixes the order of all rows. */
export interface GeneratedQuery {
  readonly sql: string
  readonly ordered: boolean
}

const pick = (...texts: readonly string[]) => fc.constantFrom(...texts)

const groupKey = pick(
  's',
  'flag',
  'day',
  'k',
  'i % 5',
  "date_trunc('month', ts)",
  'f > 0',
  'coalesce(s, i::VARCHAR)',
  'd',
  'f',
)
const numeric = pick('i', 'b', 'd', 'f', 'i + 1', 'd * 2', 'abs(i)', 'b % 7', 'CASE WHEN flag THEN d END')
const value = fc.oneof(numeric, pick('s', 'ts', 'day', 'flag', 'k', 'upper(s)'))

const predicate = pick(
  'i > 10',
  'f > 0',
  's IS NOT NULL',
  "s LIKE 'a%'",
  'flag',
  'NOT flag',
  "day < DATE '2024-06-01'",
  'd BETWEEN 1 AND 50',
  'i IN (1, 2, 3, 40)',
  'k = 3 OR k IS NULL',
  'isnan(f)',
  'i > 1000000',
)

const where = fc.option(predicate, { nil: undefined }).map((text) => (text === undefined ? '' : ` WHERE ${text}`))

const aggregate = fc.oneof(
  fc.constant('count(*)'),
  value.map((text) => `count(${text})`),
  numeric.map((text) => `sum(${text})`),
  numeric.map((text) => `avg(${text})`),
  value.map((text) => `min(${text})`),
  value.map((text) => `max(${text})`),
  fc.tuple(numeric, predicate).map(([text, test]) => `sum(${text}) FILTER (WHERE ${test})`),
  fc.tuple(predicate).map(([test]) => `count(*) FILTER (WHERE ${test})`),
  pick(
    'bool_and(flag)',
    'bool_or(i > 3)',
    'count(DISTINCT s)',
    'count(DISTINCT k)',
    'sum(DISTINCT i)',
    'median(i)',
    'bit_xor(i)',
  ),
  fc.tuple(numeric, numeric).map(([one, two]) => `sum(${one}) / nullif(count(${two}), 0)`),
  pick('max(i) - min(i)', 'count(*) + 1', "coalesce(max(s), 'none')", 'round(sum(d), 1)', 'count_if(flag)'),
)

const aggregateQuery: fc.Arbitrary<GeneratedQuery> = fc
  .record({
    groups: fc.uniqueArray(groupKey, { maxLength: 3 }),
    aggregates: fc.array(aggregate, { minLength: 1, maxLength: 4 }),
    style: pick('expressions', 'positions', 'all', 'rollup', 'cube', 'aliases'),
    where,
    having: pick('', '', ' HAVING count(*) > 3', ' HAVING max(i) IS NOT NULL'),
    from: pick('facts', 'facts', '(SELECT * FROM facts WHERE i IS NOT NULL) AS sub', 'facts AS t'),
    limit: pick('', '', ' LIMIT 3', ' LIMIT 4 OFFSET 2'),
  })
  .map(({ groups, aggregates, style, where: filter, having, from, limit }) => {
    const keys = groups.map((group, index) => `${group} AS g${index}`)
    const list = [...keys, ...aggregates.map((text, index) => `${text} AS a${index}`)].join(', ')
    const by = {
      expressions: groups.join(', '),
      positions: groups.map((_, index) => index + 1).join(', '),
      all: 'ALL',
      rollup: `ROLLUP (${groups.join(', ')})`,
      cube: `CUBE (${groups.join(', ')})`,
      aliases: groups.map((_, index) => `g${index}`).join(', '),
    }[style]
    const grouped = groups.length === 0 ? '' : ` GROUP BY ${by}`
    const complete = groups.length === 0 || ['expressions', 'positions', 'all', 'aliases'].includes(style ?? '')
    const order =
      groups.length === 0
        ? ''
        : ` ORDER BY ${groups.map((_, index) => `g${index}${index === 1 ? ' DESC' : ''} NULLS FIRST`).join(', ')}`
    const bounded = complete && groups.length > 0 ? limit : ''
    return { sql: `SELECT ${list} FROM ${from}${filter}${grouped}${having}${order}${bounded}`, ordered: complete }
  })

const rowQuery: fc.Arbitrary<GeneratedQuery> = fc
  .record({
    items: fc.array(value, { minLength: 1, maxLength: 3 }),
    where,
    order: pick('id', 'id DESC', 's DESC NULLS LAST, id', 'f, id', 'd * -1, id', 'ts NULLS FIRST, id DESC', ''),
    limit: pick('', ' LIMIT 7', ' LIMIT 5 OFFSET 13', ' LIMIT 0'),
    form: pick('plain', 'star', 'distinct', 'nested'),
  })
  .map(({ items, where: filter, order, limit, form }) => {
    const named = items.map((item, index) => `${item} AS v${index}`).join(', ')
    const bounded = order === '' ? '' : limit
    const by = order === '' ? '' : ` ORDER BY ${order}`
    switch (form) {
      case 'star':
        return { sql: `SELECT * FROM facts${filter}${by}${bounded}`, ordered: order !== '' }
      case 'distinct':
        return {
          sql: `SELECT DISTINCT ${named} FROM facts${filter} ORDER BY ${items.map((_, i) => i + 1).join(', ')}${limit}`,
          ordered: true,
        }
      case 'nested':
        return {
          sql: `SELECT v0, id FROM (SELECT id, ${named} FROM facts${filter}) AS inner_rows${order === '' ? '' : ` ORDER BY id${limit}`}`,
          ordered: order !== '',
        }
      default:
        return { sql: `SELECT id, ${named} FROM facts${filter}${by}${bounded}`, ordered: order !== '' }
    }
  })

const joinQuery: fc.Arbitrary<GeneratedQuery> = fc
  .record({
    kind: pick('JOIN', 'LEFT JOIN', 'RIGHT JOIN', 'FULL JOIN', 'SEMI JOIN', 'ANTI JOIN'),
    swapped: fc.boolean(),
    on: pick('ON facts.k = dims.k', 'USING (k)', 'ON facts.k = dims.k AND dims.weight > 1'),
    side: pick(
      'dims',
      '(SELECT k, label, weight FROM dims WHERE weight > 0) AS dims',
      '(SELECT k, max(label) AS label, sum(weight) AS weight FROM dims GROUP BY k) AS dims',
    ),
    aggregated: fc.boolean(),
  })
  .map(({ kind, swapped, on, side, aggregated }) => {
    const half = kind === 'SEMI JOIN' || kind === 'ANTI JOIN'
    const tables = swapped ? `${side} ${kind} facts ${on}` : `facts ${kind} ${side} ${on}`
    if (half) {
      const list = swapped ? 'count(*) AS n, min(label) AS l' : 'count(*) AS n, sum(i) AS total'
      return { sql: `SELECT ${list} FROM ${tables}`, ordered: false }
    }
    return aggregated
      ? {
          sql: `SELECT label, count(*) AS n, sum(d) AS total, max(weight) AS w FROM ${tables} GROUP BY label ORDER BY label NULLS LAST`,
          ordered: true,
        }
      : { sql: `SELECT id, label, weight, s FROM ${tables}`, ordered: false }
  })

const shapedQuery: fc.Arbitrary<GeneratedQuery> = fc
  .tuple(aggregate, predicate, numeric)
  .chain(([inner, test, number]) =>
    fc.constantFrom<GeneratedQuery>(
      {
        sql: `SELECT * FROM (SELECT k, ${inner} AS a FROM facts WHERE ${test} GROUP BY k) AS q WHERE a IS NOT NULL ORDER BY k`,
        ordered: true,
      },
      {
        sql: `WITH q AS (SELECT k, sum(${number}) AS a FROM facts GROUP BY k) SELECT one.k, one.a, two.a AS b FROM q AS one JOIN q AS two ON one.k = two.k ORDER BY 1`,
        ordered: true,
      },
      {
        sql: `SELECT count(*) AS n FROM facts WHERE ${number} > (SELECT avg(${number}) FROM facts WHERE ${test})`,
        ordered: true,
      },
      {
        sql: `SELECT count(*) AS n, sum(i) AS t FROM facts WHERE k IN (SELECT k FROM dims WHERE weight > 1)`,
        ordered: true,
      },
      {
        sql: `SELECT sum(i) AS t FROM facts WHERE EXISTS (SELECT 1 FROM dims WHERE dims.k = facts.k) AND ${test}`,
        ordered: true,
      },
      {
        sql: `SELECT id, (SELECT max(label) FROM dims WHERE dims.k = facts.k) AS l FROM facts WHERE ${test} ORDER BY id LIMIT 20`,
        ordered: true,
      },
      {
        sql: `SELECT k, ${inner} AS a, sum(count(*)) OVER (ORDER BY k) AS running FROM facts GROUP BY k ORDER BY k`,
        ordered: true,
      },
      {
        sql: `SELECT id, row_number() OVER (PARTITION BY k ORDER BY id) AS n FROM facts WHERE ${test} ORDER BY id LIMIT 15`,
        ordered: true,
      },
      {
        sql: `SELECT k, count(*) AS n FROM facts WHERE ${test} GROUP BY k UNION ALL SELECT k, count(*) FROM dims GROUP BY k`,
        ordered: false,
      },
      { sql: `SELECT DISTINCT s FROM facts WHERE ${test} INTERSECT SELECT label FROM dims`, ordered: false },
      { sql: `SELECT count(*) AS n FROM (SELECT DISTINCT k, flag FROM facts WHERE ${test}) AS q`, ordered: true },
      { sql: `SELECT upper(s) AS s, count(*) AS n FROM facts GROUP BY upper(s) ORDER BY 1`, ordered: true },
      { sql: `SELECT s AS i, sum(i) AS total FROM facts GROUP BY s ORDER BY 1`, ordered: true },
      {
        sql: `SELECT k FROM facts GROUP BY k QUALIFY row_number() OVER (ORDER BY count(*) DESC, k) <= 3 ORDER BY k`,
        ordered: true,
      },
      {
        sql: `SELECT f.k, f.n, dims.label FROM (SELECT k, count(*) AS n FROM facts GROUP BY k) AS f LEFT JOIN dims ON f.k = dims.k ORDER BY 1, 3`,
        ordered: true,
      },
      {
        sql: `SELECT a.k, count(*) AS n FROM facts AS a JOIN facts AS b ON a.id = b.id + 1 WHERE b.${'flag'} GROUP BY ALL ORDER BY 1`,
        ordered: true,
      },
      {
        sql: `SELECT count(*) AS n FROM facts, (VALUES (1), (2)) AS v(x) WHERE facts.k = v.x AND ${test}`,
        ordered: true,
      },
      {
        sql: `SELECT grouping(k) AS g, k, ${inner} AS a FROM facts GROUP BY GROUPING SETS ((k), ()) ORDER BY 1, 2`,
        ordered: true,
      },
      {
        sql: `FROM facts SELECT k, count(*) AS n, n * 2 AS twice GROUP BY k ORDER BY twice DESC, k LIMIT 4`,
        ordered: true,
      },
    ),
  )

export const queryArbitrary: fc.Arbitrary<GeneratedQuery> = fc.oneof(
  { weight: 4, arbitrary: aggregateQuery },
  { weight: 2, arbitrary: rowQuery },
  { weight: 2, arbitrary: joinQuery },
  { weight: 3, arbitrary: shapedQuery },
)
