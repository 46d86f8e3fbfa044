import { describe, expect, test } from 'vitest'
import { parseQuery } from './parse.ts'
import type { PlanSyntax } from './syntax.ts'
import { printPlan } from './testing/print-plan.ts'
import { withoutSpans } from './testing/without-spans.ts'

const OPTIONS = { timeZone: 'UTC', sampleSeed: 7n }
const read = (text: string): PlanSyntax => withoutSpans(parseQuery(text, OPTIONS))
const name = (...parts: readonly string[]) => ({ kind: 'name', parts })
const relation = (...parts: readonly string[]) => ({ kind: 'relation', name: parts })

describe('a query means the same as another', () => {
  test.each([
    ['SELECT a x FROM t u', 'SELECT a AS x FROM t AS u'],
    ['SELECT ALL a FROM t', 'SELECT a FROM t'],
    ['FROM t SELECT a WHERE b', 'SELECT a FROM t WHERE b'],
    ['FROM t SELECT a SELECT b', '(SELECT a FROM t) UNION ALL (SELECT b FROM t)'],
    ['TABLE t', 'FROM t'],
    ['VALUES 1, 2', 'VALUES (1), (2)'],
    ['SELECT 1 UNION SELECT 2 INTERSECT SELECT 3', '(SELECT 1) UNION ((SELECT 2) INTERSECT (SELECT 3))'],
    ['SELECT 1 UNION ALL SELECT 2 EXCEPT SELECT 3', '((SELECT 1) UNION ALL (SELECT 2)) EXCEPT (SELECT 3)'],
    ['SELECT 1 MINUS DISTINCT SELECT 2', 'SELECT 1 EXCEPT SELECT 2'],
    ['SELECT 1 UNION SELECT 2 ORDER BY 1 LIMIT 3', '((SELECT 1) UNION (SELECT 2)) ORDER BY 1 LIMIT 3'],
    ['SELECT a FROM t LIMIT ALL', 'SELECT a FROM t'],
    ['SELECT a FROM t CLUSTER BY a', '((SELECT a FROM t) DISTRIBUTE BY a) SORT BY a'],
    ['SELECT a FROM t DISTRIBUTE BY a SORT BY b', '((SELECT a FROM t) DISTRIBUTE BY a) SORT BY b'],
    [
      'SELECT a FROM t ORDER BY a ASC NULLS FIRST WINDOW w AS (PARTITION BY a)',
      'SELECT a FROM t WINDOW w AS (PARTITION BY a) ORDER BY a NULLS FIRST',
    ],
    ['SELECT * FROM a, b', 'SELECT * FROM a JOIN b'],
    ['SELECT * FROM a LEFT OUTER JOIN b ON x', 'SELECT * FROM a LEFT JOIN b ON x'],
    ['SELECT * FROM a SEMI JOIN b ON x', 'SELECT * FROM a LEFT SEMI JOIN b ON x'],
    ['SELECT * FROM a ANTI JOIN b USING (x)', 'SELECT * FROM a LEFT ANTI JOIN b USING (x)'],
    ['SELECT * FROM a FULL OUTER JOIN (b CROSS JOIN c)', 'SELECT * FROM a FULL JOIN (b CROSS JOIN c)'],
    ['SELECT * FROM a NATURAL LEFT JOIN b', 'SELECT * FROM (a NATURAL LEFT OUTER JOIN b)'],
    ['SELECT * FROM a, LATERAL (SELECT a.x)', 'SELECT * FROM a JOIN LATERAL (SELECT a.x)'],
    ['SELECT * FROM ((SELECT 1))', 'SELECT * FROM (SELECT 1)'],
    ['SELECT * FROM (t) u (x)', 'SELECT * FROM t AS u (x)'],
    ['SELECT a FROM t GROUP BY a, b WITH ROLLUP', 'SELECT a FROM t GROUP BY GROUPING SETS ((a, b), (a), ())'],
    ['SELECT a FROM t GROUP BY ROLLUP (a, b)', 'SELECT a FROM t GROUP BY GROUPING SETS ((a, b), (a), ())'],
    ['SELECT a FROM t GROUP BY ROLLUP ((a, b), c)', 'SELECT a FROM t GROUP BY GROUPING SETS ((a, b, c), (a, b), ())'],
    ['SELECT a FROM t GROUP BY CUBE (a, b)', 'SELECT a FROM t GROUP BY GROUPING SETS ((a, b), (a), (b), ())'],
    ['SELECT a FROM t GROUP BY a, b GROUPING SETS ((a, b), b)', 'SELECT a FROM t GROUP BY GROUPING SETS ((a, b), (b))'],
    ['SELECT a FROM t GROUP BY a, CUBE (b)', 'SELECT a FROM t GROUP BY GROUPING SETS ((a, b), (a))'],
    [
      'SELECT a FROM t GROUP BY GROUPING SETS (ROLLUP (a), (b))',
      'SELECT a FROM t GROUP BY GROUPING SETS ((a), (), (b))',
    ],
    ['FROM t |> SELECT a, b |> LIMIT 1', '(SELECT a, b FROM t) LIMIT 1'],
    ['FROM t |> EXTEND a + 1 AS b', 'SELECT *, a + 1 AS b FROM t'],
    ['FROM t |> DROP a, b', 'SELECT * EXCEPT (a, b) FROM t'],
    ['FROM t |> AS u', 'FROM t AS u'],
    ['FROM t |> AGGREGATE sum(a) AS s GROUP BY b AS c', 'SELECT b AS c, sum(a) AS s FROM t GROUP BY b'],
    [
      'FROM t |> JOIN u ON x |> UNION ALL SELECT 1 |> ORDER BY a',
      '((FROM t JOIN u ON x) UNION ALL (SELECT 1)) ORDER BY a',
    ],
    ['FROM t |> SET a = 1, b = a', '((FROM t) |> SET a = 1) |> SET b = a'],
    ['SELECT 1 UNION SELECT 2 |> WHERE a', '((SELECT 1) UNION (SELECT 2)) |> WHERE a'],
    [
      'WITH a AS (SELECT 1), b (x) AS (SELECT 2) SELECT * FROM a',
      'WITH a (SELECT 1), b (x) AS (SELECT 2) (SELECT * FROM a)',
    ],
    ['SELECT explode(m) AS (k, v)', 'SELECT explode(m) AS (`k`, `v`)'],
    ['SELECT limit, window FROM t', 'SELECT `limit`, `window` FROM t'],
    ['SELECT /*+ BROADCAST(a), COALESCE(3) */ 1', 'SELECT /*+ broadcast(a) */ /*+ coalesce(3) */ 1'],
    ['SELECT * FROM t TABLESAMPLE (10 PERCENT)', 'SELECT * FROM t TABLESAMPLE (BUCKET 1 OUT OF 10) REPEATABLE (7)'],
    ['SELECT * FROM t TABLESAMPLE (5 ROWS)', 'SELECT * FROM ((FROM t) LIMIT 5)'],
    ['SELECT 1;', 'SELECT 1'],
  ])('%s', (text, same) => {
    expect(read(text)).toEqual(read(same))
  })
})

describe('a query in full', () => {
  test.each<[string, unknown]>([
    ['FROM parquet.`/data/a b`', relation('parquet', '/data/a b')],
    ["FROM csv.`/x` WITH (header = 'true', n = 1)", { ...relation('csv', '/x'), options: { header: 'true', n: '1' } }],
    [
      'FROM range(10) AS r (id)',
      { kind: 'alias', input: { kind: 'table-function', name: 'range' }, name: 'r', columns: ['id'] },
    ],
    [
      'SELECT * FROM t LATERAL VIEW OUTER explode(a) x AS y, z LATERAL VIEW inline(b) w',
      {
        from: relation('t'),
        lateralViews: [
          { outer: true, alias: 'x', columns: ['y', 'z'], generator: { name: 'explode' } },
          { outer: false, alias: 'w', columns: [] },
        ],
      },
    ],
    ['SELECT a FROM t GROUP BY ALL', { groupBy: { all: true, expressions: [] } }],
    [
      'SELECT a FROM t GROUP BY A, CUBE (a, b)',
      { groupBy: { expressions: [name('A'), name('b')], sets: [[0, 1], [0], [0, 1], [0]] } },
    ],
    ['FROM t |> AGGREGATE count(*)', { kind: 'select', groupBy: { all: false, expressions: [] } }],
    ['SELECT a ORDER BY ALL', { kind: 'sort', orders: 'all', global: true }],
    ['SELECT a LIMIT 2 OFFSET 3', { kind: 'limit', count: { value: 2 }, offset: { value: 3 } }],
    [
      'SELECT sum(a) OVER w FROM t WINDOW w AS (PARTITION BY b), v AS (w)',
      { windows: { w: { partitionBy: [name('b')] }, v: { name: 'w' } } },
    ],
    [
      "FROM t PIVOT (sum(a) AS s, max(b) FOR (c, d) IN ((1, 'x') AS one, (2, 'y')))",
      {
        kind: 'pivot',
        input: relation('t'),
        aggregates: [{ kind: 'alias', names: ['s'] }, { name: 'max' }],
        columns: [name('c'), name('d')],
        values: [{ values: [{ value: 1 }, { value: 'x' }], alias: 'one' }, { values: [{ value: 2 }, { value: 'y' }] }],
      },
    ],
    [
      'FROM t UNPIVOT INCLUDE NULLS (v FOR n IN (a AS x, b)) u',
      {
        kind: 'alias',
        name: 'u',
        input: {
          kind: 'unpivot',
          columns: [{ expressions: [name('a')], alias: 'x' }, { expressions: [name('b')] }],
          nameColumn: 'n',
          valueColumns: ['v'],
          includeNulls: true,
        },
      },
    ],
    [
      'WITH RECURSIVE r (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT * FROM r',
      { kind: 'with', recursive: true },
    ],
    [
      'SELECT DISTINCT a, b.* FROM t b WHERE a HAVING c',
      { distinct: true, items: [name('a'), { kind: 'star', qualifier: ['b'] }], where: name('a'), having: name('c') },
    ],
    [
      'FROM t |> SET a = 1',
      { kind: 'with-columns', existing: true, columns: [{ name: 'a', expression: { value: 1 } }] },
    ],
  ])('%s', (text, expected) => {
    expect(read(text)).toMatchObject(expected as object)
  })
})

test('a query knows its place', () => {
  const text = '  SELECT a FROM (SELECT b FROM t)  -- end'
  const query = parseQuery(text, OPTIONS)
  expect(text.slice(query.at?.start, query.at?.end)).toBe('SELECT a FROM (SELECT b FROM t)')
  if (query.kind !== 'select') throw new Error('a select was expected')
  expect(text.slice(query.from?.at?.start, query.from?.at?.end)).toBe('SELECT b FROM t')
})

describe('what does not go is refused', () => {
  test.each([
    ["SELECT TRANSFORM(a) USING 'cat' FROM t", 'UNSUPPORTED_FEATURE', /TRANSFORM/],
    ['FROM t INSERT INTO u SELECT a', 'UNSUPPORTED_FEATURE', /INSERT after FROM/],
    ['SELECT * FROM t VERSION AS OF 3', 'UNSUPPORTED_FEATURE', /Time travel/],
    ["SELECT * FROM t TIMESTAMP AS OF '2024-01-01'", 'UNSUPPORTED_FEATURE', /Time travel/],
    ['SELECT * FROM f(TABLE(t))', 'UNSUPPORTED_FEATURE', /TABLE argument/],
    ['SELECT a ORDER BY ALL DESC', 'UNSUPPORTED_FEATURE', /ORDER BY ALL/],
    ['FROM t |> AGGREGATE sum(a) GROUP BY 1', 'UNSUPPORTED_FEATURE', /position/],
    ['SELECT * FROM t TABLESAMPLE (200 PERCENT)', 'INVALID_SAMPLE_SIZE', /sample/],
    ['SELECT a FROM t ORDER BY a SORT BY b', 'PARSE_SYNTAX_ERROR', /does not go/],
    ['SELECT a, FROM t', 'PARSE_SYNTAX_ERROR', /Found FROM where an expression/],
    ['SELECT a FROM', 'PARSE_SYNTAX_ERROR', /end of the text where the name of a table/],
    ['SELECT a FROM SELECT b', 'PARSE_SYNTAX_ERROR', /a query needs parentheses/],
    ['SELECT a FROM t WHRE b', 'PARSE_SYNTAX_ERROR', /WHRE looks like WHERE/],
    ['SELECT a FROM t JION u', 'PARSE_SYNTAX_ERROR', /JION looks like JOIN/],
    ['SELECT (a FROM t', 'PARSE_SYNTAX_ERROR', /Found FROM where \) was expected/],
    ['SELECT a FROM t)', 'PARSE_SYNTAX_ERROR', /Found \)/],
    ['SELECT a WINDOW w AS (), W AS ()', 'PARSE_SYNTAX_ERROR', /twice/],
    ['FROM t |> FOO a', 'PARSE_SYNTAX_ERROR', /operator such as SELECT/],
  ])('%s', (text, condition, message) => {
    expect(() => read(text)).toThrow(expect.objectContaining({ condition, message: expect.stringMatching(message) }))
  })
})

test('a query that is printed is one that parses', () => {
  const plan = read('SELECT a FROM t JOIN u USING (x) WHERE b IN (SELECT 1) ORDER BY a DESC LIMIT 5')
  expect(read(printPlan(plan))).toEqual(plan)
})
