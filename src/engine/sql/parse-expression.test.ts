import { describe, expect, test } from 'vitest'
import { parseExpression } from './parse.ts'
import { SqlError } from './sql-error.ts'
import { shape } from './testing/shape.ts'

const OPTIONS = { timeZone: 'Europe/Berlin' }
const read = (text: string): string => shape(parseExpression(text, OPTIONS))

describe('precedence', () => {
  test.each([
    ['1 + 2 * 3', '(+ 1 (* 2 3))'],
    ['a - b - c', '(- (- a b) c)'],
    ['a DIV b % c / d', '(/ (% (div a b) c) d)'],
    ["a || 'x' + b", "(+ (|| a 'x') b)"],
    ['-a * b', '(* (negative a) b)'],
    ['- - a', '(negative (negative a))'],
    ['~a + +b', '(+ (~ a) (positive b))'],
    ['a << 1 + 2', '(shiftleft a (+ 1 2))'],
    ['a >> b >>> c', '(shiftrightunsigned (shiftright a b) c)'],
    ['a | b ^ c & d', '(| a (^ b (& c d)))'],
    ['a & b = c', '(= (& a b) c)'],
    ['a = b <> c', '(<> (= a b) c)'],
    ['a == b', '(= a b)'],
    ['a != b', '(<> a b)'],
    ['a <=> b', '(<=> a b)'],
    ['NOT a = b', '(not (= a b))'],
    ['NOT a AND b OR c', '(or (and (not a) b) c)'],
    ['! a', '(not a)'],
    ['a OR b AND c', '(or a (and b c))'],
    ['a AND b AND c', '(and (and a b) c)'],
    ['a = b IS NULL', '(isnull (= a b))'],
    ['a BETWEEN 1 AND 2 AND b', '(and (between a 1 2) b)'],
    ['a + 1 BETWEEN b - 1 AND c || d', '(between (+ a 1) (- b 1) (|| c d))'],
    ['-1::string', '(cast -1 STRING)'],
    ['-a::string', '(negative (cast a STRING))'],
    ['a::int::string', '(cast (cast a INT) STRING)'],
    ['(a + b) * c', '(* (+ a b) c)'],
    ['2-1', '(- 2 1)'],
    ['a -1', '(- a 1)'],
    ['-2147483648', '-2147483648'],
  ])('%s', (text, expected) => {
    expect(read(text)).toBe(expected)
  })
})

describe('predicates', () => {
  test.each([
    ['a IN (1, 2)', '(in a [1 2])'],
    ['a NOT IN (1)', '(not (in a [1]))'],
    ['a IN (SELECT 1)', '(in-query [a])'],
    ['(a, b) IN (SELECT 1, 2)', '(in-query [a b])'],
    ['a IN ((SELECT 1))', '(in a [(scalar-subquery)])'],
    ['a IN ((SELECT 1) UNION (SELECT 2))', '(in-query [a])'],
    ['EXISTS (SELECT 1) AND NOT EXISTS (FROM t)', '(and (exists) (not (exists)))'],
    ['exists(a, x -> x > 1)', '(exists a (x -> (> x 1)))'],
    ["a LIKE 'x%'", "(like a 'x%')"],
    ["a NOT LIKE 'x' ESCAPE '!'", "(not (like a 'x' '!'))"],
    ["a ILIKE 'x'", "(ilike a 'x')"],
    ["a RLIKE 'x' AND b NOT REGEXP 'y'", "(and (rlike a 'x') (not (rlike b 'y')))"],
    ["a LIKE ANY ('x', 'y')", "(or (like a 'x') (like a 'y'))"],
    ["a LIKE ALL ('x', 'y')", "(and (like a 'x') (like a 'y'))"],
    ["a NOT LIKE ANY ('x', 'y')", "(or (not (like a 'x')) (not (like a 'y')))"],
    ['a NOT BETWEEN 1 AND 2', '(not (between a 1 2))'],
    ['a IS NOT NULL', '(isnotnull a)'],
    ['a IS TRUE', '(<=> a true)'],
    ['a IS NOT FALSE', '(not (<=> a false))'],
    ['a IS UNKNOWN', '(isnull a)'],
    ['a IS DISTINCT FROM b', '(not (<=> a b))'],
    ['a IS NOT DISTINCT FROM b', '(<=> a b)'],
    ['left LIKE right', '(like left right)'],
  ])('%s', (text, expected) => {
    expect(read(text)).toBe(expected)
  })
})

describe('calls', () => {
  test.each([
    ['COUNT(*)', '(count *)'],
    ['count(t.*)', '(count t.*)'],
    ['count(DISTINCT a, b)', '(count a b distinct)'],
    ['sum(ALL a)', '(sum a)'],
    ['sum(a) FILTER (WHERE b > 1)', '(sum a filter:(> b 1))'],
    ['first(a) IGNORE NULLS', '(first a ignore-nulls)'],
    ['last(a IGNORE NULLS)', '(last a ignore-nulls)'],
    ['nth_value(a, 2) RESPECT NULLS OVER w', '(nth_value a 2 over:w)'],
    ['lag(a) IGNORE NULLS OVER (ORDER BY b)', '(lag a ignore-nulls over:(ORDER BY b))'],
    ['row_number() OVER ()', '(row_number over:())'],
    ['sum(a) OVER (w)', '(sum a over:w)'],
    [
      'sum(a) OVER (PARTITION BY b ORDER BY c DESC NULLS LAST ROWS 3 PRECEDING)',
      '(sum a over:(PARTITION BY b ORDER BY c DESC NULLS LAST rows BETWEEN 3 preceding AND current row))',
    ],
    [
      'sum(a) OVER (ORDER BY c RANGE BETWEEN INTERVAL 1 DAY PRECEDING AND UNBOUNDED FOLLOWING)',
      '(sum a over:(ORDER BY c range BETWEEN INTERVAL 1 day preceding AND unbounded following))',
    ],
    ['sum(a) OVER (CLUSTER BY b)', '(sum a over:(PARTITION BY b))'],
    ['percentile_cont(0.5) WITHIN GROUP (ORDER BY a DESC)', '(percentile_cont 5:decimal(1,1) within:a-)'],
    ['f(b => 1, c => x -> x)', '(f b=>1 c=>(x -> x))'],
    ['transform(a, (x, i) -> x + i)', '(transform a (x i -> (+ x i)))'],
    ['db.f(1)', '(db.f 1)'],
    ['`my f`(1)', '(my f 1)'],
    [
      "left(a, 1) || right(a, 2) || if(b, 'x', replace(a, 'y'))",
      "(|| (|| (left a 1) (right a 2)) (if b 'x' (replace a 'y')))",
    ],
    ['struct(a, b AS c)', '(struct a (as b c))'],
    ['(a, b)', '(struct a b)'],
    ['current_date', '(current_date)'],
    ['current_timestamp() - current_date()', '(- (current_timestamp) (current_date))'],
    ['user', 'user'],
    ['extract(YEAR FROM d)', "(extract 'YEAR' d)"],
    ['substring(a FROM 2 FOR 3)', '(substring a 2 3)'],
    ['substr(a, 2)', '(substr a 2)'],
    ["position('x' IN a)", "(position 'x' a)"],
    ["position('x', a, 2)", "(position 'x' a 2)"],
    ["overlay(a PLACING 'x' FROM 2)", "(overlay a 'x' 2)"],
    ["overlay(a, 'x', 2, 1)", "(overlay a 'x' 2 1)"],
    ['trim(a)', '(trim a)'],
    ['trim(BOTH FROM a)', '(trim a)'],
    ["trim(LEADING 'x' FROM a)", "(ltrim 'x' a)"],
    ["trim('x' FROM a)", "(trim 'x' a)"],
    ['trim(both)', '(trim both)'],
    ['dateadd(DAY, 1, d)', "(timestampadd 'DAY' 1 d)"],
    ['date_add(d, 1)', '(date_add d 1)'],
    ['timestampdiff(MONTH, a, b)', "(timestampdiff 'MONTH' a b)"],
    ['datediff(a, b)', '(datediff a b)'],
    ["identifier('a.`b c`')", 'a.`b c`'],
    ["identifier('abs')(-1)", '(abs -1)'],
    ['filter(a, x -> x[0].b > 1)', "(filter a (x -> (> ([] ([] x 0) 'b') 1)))"],
    ["a COLLATE UTF8_BINARY = 'x'", "(= (collate a 'UTF8_BINARY') 'x')"],
  ])('%s', (text, expected) => {
    expect(read(text)).toBe(expected)
  })
})

describe('names and other forms', () => {
  test.each([
    ['a.b.c', 'a.b.c'],
    ['`a.b`.`c``d`', '`a.b`.`c``d`'],
    ['a[1].b', "([] ([] a 1) 'b')"],
    ["m['k']", "([] m 'k')"],
    ['f(a).b', "([] (f a) 'b')"],
    ['(a).b', 'a.b'],
    ['1st_day', '1st_day'],
    ['t.1st', 't.1st'],
    ['end', 'end'],
    ['order + limit', '(+ order limit)'],
    ['date', 'date'],
    ['interval', 'interval'],
    ['t.* EXCEPT (a, b)', 't.*-(a b)'],
    ['CASE WHEN a THEN 1 WHEN b THEN 2 ELSE 3 END', '(case [a 1] [b 2] else 3)'],
    ["CASE a WHEN 1 THEN 'x' END", "(case a [1 'x'])"],
    ['CAST(a AS DECIMAL(10, 2))', '(cast a DECIMAL(10, 2))'],
    ['CAST(a AS VARCHAR(10))', '(cast a STRING)'],
    ['TRY_CAST(a AS ARRAY<ARRAY<INT>>)', '(try_cast a ARRAY<ARRAY<INT>>)'],
    ['(SELECT 1) + 1', '(+ (scalar-subquery) 1)'],
    ['((SELECT 1) + 1)', '(+ (scalar-subquery) 1)'],
    ['((SELECT 1))', '(scalar-subquery)'],
    ['(((a)))', 'a'],
    ['a b', '(as a b)'],
    ['a AS `b c`', '(as a b c)'],
    ['explode(m) AS (k, v)', '(as (explode m) k v)'],
    ['a -- why\n + /* not /* nested */ */ b', '(+ a b)'],
  ])('%s', (text, expected) => {
    expect(read(text)).toBe(expected)
  })
})

describe('literals', () => {
  test.each([
    ['12', '12'],
    ['2147483648', '2147483648:long'],
    ['-9223372036854775808', '-9223372036854775808:long'],
    ['9223372036854775808', '9223372036854775808:decimal(19,0)'],
    ['5L', '5:long'],
    ['5S', '5:short'],
    ['-128Y', '-128:byte'],
    ['1.5', '15:decimal(2,1)'],
    ['0.05', '5:decimal(2,2)'],
    ['.5', '5:decimal(1,1)'],
    ['1.', '1:decimal(1,0)'],
    ['1.50BD', '150:decimal(3,2)'],
    ['1e3BD', '1000:decimal(4,0)'],
    ['1e3', '1000:double'],
    ['1.5D', '1.5:double'],
    ['2F', '2:float'],
    ["'a' \"b\" 'c'", "'abc'"],
    ["'it''s'", "'it's'"],
    ["'a\\tb\\u0041\\101\\\\'", "'a\tbAA\\'"],
    ["'50\\%'", "'50\\%'"],
    ["r'\\d+'", "'\\d+'"],
    ["X'1aF'", '01af:binary'],
    ['NULL', 'null'],
    ["DATE '2024-02-29'", '19782:date'],
    ["DATE '2024'", '19723:date'],
    ["DATE '1969-12-31T10'", '-1:date'],
    ["DATE 'epoch'", '0:date'],
    ["TIMESTAMP '1970-01-01 01:00:00'", '0:timestamp'],
    ["TIMESTAMP '2024-07-01'", '1719784800000000:timestamp'],
    ["TIMESTAMP '1970-01-01T00:00:00.5Z'", '500000:timestamp'],
    ["TIMESTAMP '1970-01-01 00:00:00 +01:00'", '-3600000000:timestamp'],
    ["TIMESTAMP '1970-01-01 09:00:00 Asia/Tokyo'", '0:timestamp'],
    // The clock goes from 2 to 3, and from 3 back to 2.
    ["TIMESTAMP '2024-03-31 02:30:00'", '1711848600000000:timestamp'],
    ["TIMESTAMP '2024-10-27 02:30:00'", '1729989000000000:timestamp'],
    ["TIMESTAMP_NTZ '1970-01-02 00:00:01'", '86401000000:timestamp_ntz'],
    ["INTERVAL '1' DAY", '(interval 1 day)'],
    ['INTERVAL 3 months 2 days', '(interval 3 month 2 day)'],
    ['INTERVAL -1.5 SECONDS', '(interval -15:decimal(2,1) second)'],
    ["INTERVAL '1-2' YEAR TO MONTH", '(interval 1 year 2 month)'],
    ["INTERVAL '-1 02:03:04.5' DAY TO SECOND", '(interval -1 day -2 hour -3 minute -45:decimal(2,1) second)'],
    ["INTERVAL '1 day 2 hours'", '(interval 1 day 2 hour)'],
    ["a - INTERVAL '90' DAY", '(- a (interval 90 day))'],
    ['a + INTERVAL 1 day - INTERVAL 1 hour', '(- (+ a (interval 1 day)) (interval 1 hour))'],
  ])('%s', (text, expected) => {
    expect(read(text)).toBe(expected)
  })

  test('double quotes are names when the setting says so', () => {
    expect(shape(parseExpression('"a b" + \'c\'', { ...OPTIONS, doubleQuotedIdentifiers: true }))).toBe("(+ `a b` 'c')")
  })

  test.each([
    ['300Y', 'INVALID_NUMERIC_LITERAL_RANGE'],
    ['1e400', 'INVALID_NUMERIC_LITERAL_RANGE'],
    ['123456789012345678901234567890123456789', 'DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION'],
    ["DATE '2023-02-29'", 'INVALID_TYPED_LITERAL'],
    ["TIMESTAMP '2023-01-01 25:00:00'", 'INVALID_TYPED_LITERAL'],
    ["TIMESTAMP '2023-01-01 00:00:00 Mars/Base'", 'INVALID_TYPED_LITERAL'],
    ["DATE 'now'", 'UNSUPPORTED_FEATURE'],
    ["X'xy'", 'INVALID_TYPED_LITERAL'],
    ["money '3'", 'UNSUPPORTED_TYPED_LITERAL'],
    ["INTERVAL '1.5' DAY", 'INVALID_INTERVAL_FORMAT'],
    ["INTERVAL '1 13' DAY TO SECOND", 'INVALID_INTERVAL_FORMAT'],
    ['/* open', 'UNCLOSED_BRACKETED_COMMENT'],
    ["'open", 'PARSE_SYNTAX_ERROR'],
    ['a +', 'PARSE_SYNTAX_ERROR'],
    ['a IS', 'PARSE_SYNTAX_ERROR'],
    ['v:field', 'UNSUPPORTED_FEATURE'],
    [':p', 'UNBOUND_SQL_PARAMETER'],
    ['cast(a AS money)', 'UNSUPPORTED_FEATURE'],
  ])('%s is refused', (text, condition) => {
    const error = (() => {
      try {
        return read(text)
      } catch (cause) {
        return cause
      }
    })()
    expect(error).toBeInstanceOf(SqlError)
    expect((error as SqlError).condition).toBe(condition)
    expect((error as SqlError).at).toBeDefined()
  })
})

test('deep nesting parses up to a limit, and is refused beyond it', () => {
  const nested = (open: string, levels: number): string => `${open.repeat(levels)}1${')'.repeat(levels)}`
  for (const open of ['(', 'abs(', '1 + (', '(SELECT ', 'a IN (']) {
    expect(read(nested(open, 90))).not.toBe('')
    expect(() => read(nested(open, 5000))).toThrow(/nested more than 200 levels/)
  }
})

test('parameters are replaced by their values', () => {
  const one = parseExpression('1', OPTIONS)
  const two = parseExpression("'x'", OPTIONS)
  expect(shape(parseExpression('a = :n AND b = :m', { ...OPTIONS, parameters: { n: one, m: two } }))).toBe(
    "(and (= a 1) (= b 'x'))",
  )
  expect(shape(parseExpression('f(?, ?)', { ...OPTIONS, parameters: [one, two] }))).toBe("(f 1 'x')")
})

test('an expression knows its place', () => {
  const text = 'a + f( b )'
  const expression = parseExpression(text, OPTIONS)
  expect(expression.at).toEqual({ start: 0, end: 10 })
  if (expression.kind !== 'call') throw new Error('a call was expected')
  expect(expression.args[1]?.at).toEqual({ start: 4, end: 10 })
})
