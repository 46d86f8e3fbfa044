import { expect, test } from 'vitest'
import { array, decimal, INTEGER, map, STRING, struct, TIMESTAMP } from '../types/data-type.ts'
import { parseDataType, parseTableSchema } from './parse.ts'

test.each([
  ['int', INTEGER],
  ['DEC', decimal(10, 0)],
  ['numeric(5)', decimal(5, 0)],
  ['decimal(38, 18)', decimal(38, 18)],
  ['timestamp_ltz', TIMESTAMP],
  ['string collate utf8_binary', STRING],
  ['array<map<string,array<int>>>', array(map(STRING, array(INTEGER)))],
  ['struct<>', struct([])],
  [
    "struct<a: int NOT NULL, `b c` string COMMENT 'x'>",
    struct([
      { name: 'a', type: INTEGER, nullable: false },
      { name: 'b c', type: STRING, nullable: true },
    ]),
  ],
  ['interval day to second', { kind: 'day-time-interval' }],
  ['interval hour', { kind: 'day-time-interval', start: 'hour', end: 'hour' }],
  ['interval year to month', { kind: 'year-month-interval' }],
] as const)('%s', (text, type) => {
  expect(parseDataType(text)).toEqual(type)
})

test.each([
  ['varchar(3)', /VARCHAR is not supported; use STRING/],
  ['variant', /VARIANT/],
  ['strng', /A type named strng/],
  ['decimal(39)', /DECIMAL\(39, 0\) does not exist/],
  ['decimal(3, 4)', /does not exist/],
  ['int(3)', /no parameters/],
  ['array<int', /> was expected/],
  ['interval second to day', /expected/],
  ['interval', /INTERVAL without units/],
  ['string collate de', /collation de/],
  ['int int', /end of the type/],
])('%s is refused', (text, message) => {
  expect(() => parseDataType(text)).toThrow(message)
})

test('a schema is a list of columns, or a STRUCT', () => {
  const schema = struct([
    { name: 'a', type: INTEGER, nullable: true },
    { name: 'b', type: array(STRING), nullable: false },
  ])
  expect(parseTableSchema('a INT, b ARRAY<STRING> NOT NULL')).toEqual(schema)
  expect(parseTableSchema('STRUCT<a: INT, b: ARRAY<STRING> NOT NULL>')).toEqual(schema)
  expect(parseTableSchema('struct INT')).toEqual(struct([{ name: 'struct', type: INTEGER, nullable: true }]))
  expect(() => parseTableSchema('a INT, A STRING')).toThrow(/twice/)
  expect(() => parseTableSchema('a')).toThrow(/a type/)
})
