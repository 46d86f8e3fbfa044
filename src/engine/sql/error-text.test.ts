import { expect, test } from 'vitest'
import { errorText } from './error-text.ts'
import { editDistance } from './near-keyword.ts'
import { parseStatements } from './parse.ts'
import { SqlError } from './sql-error.ts'

test('an error shows its line and place', () => {
  const text = 'SELECT 1;\nSELECT a\n\tFORM t'
  try {
    parseStatements(text, { timeZone: 'UTC' })
    expect.unreachable()
  } catch (error) {
    expect(errorText(error as SqlError, text)).toBe(
      [
        '[PARSE_SYNTAX_ERROR] Found t where the end of the statement was expected. FORM looks like FROM; is that what you mean?',
        'line 3, column 7:',
        '\tFORM t',
        '\t     ^',
      ].join('\n'),
    )
  }
})

test.each([
  ['', { start: 0, end: 0 }, 'line 1, column 1:\n\n^'],
  ['\nab', { start: 0, end: 1 }, 'line 1, column 1:\n\n^'],
  ['größe x', { start: 6, end: 7 }, 'line 1, column 7:\ngröße x\n      ^'],
  ['a\r\nbc', { start: 3, end: 5 }, 'line 2, column 1:\nbc\n^^'],
  ['ab\ncd', { start: 1, end: 5 }, 'line 1, column 2:\nab\n ^'],
])('%j at %j', (text, at, expected) => {
  expect(errorText(new SqlError('X', 'Y.', at), text)).toBe(`[X] Y.\n${expected}`)
})

test('without a place there is only the sentence', () => {
  expect(errorText(new SqlError('X', 'Y.'), 'abc')).toBe('[X] Y.')
})

test.each([
  ['SELCT', 'SELECT', 1],
  ['FORM', 'FROM', 1],
  ['ABC', 'ABC', 0],
  ['', 'AB', 2],
  ['KITTEN', 'SITTING', 3],
])('from %s to %s', (a, b, distance) => {
  expect(editDistance(a, b)).toBe(distance)
})

test.each([
  ["OPTIONS (user 'me', password 'p w' oops)", "OPTIONS (user 'me', password '***' oops)"],
  ["url 'jdbc:postgresql://h/d?user=me&password=abc' x", "url 'jdbc:postgresql://h/d?user=me&password=***' x"],
])('secrets in %s are not shown', (text, shown) => {
  expect(errorText(new SqlError('X', 'Y.', { start: 0, end: 1 }), text)).toBe(`[X] Y.\nline 1, column 1:\n${shown}\n^`)
})
