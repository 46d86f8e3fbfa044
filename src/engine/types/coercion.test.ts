import { describe, expect, it } from 'vitest'
import { commonType, commonTypeOfTwo, implicitType } from './coercion.ts'
import {
  array,
  BINARY,
  BOOLEAN,
  BYTE,
  DATE,
  type DataType,
  DOUBLE,
  decimal,
  FLOAT,
  INTEGER,
  LONG,
  STRING,
  struct,
  TIMESTAMP,
  TIMESTAMP_NTZ,
  VOID,
} from './data-type.ts'
import { adjusted, type DecimalType, decimalResult, widerDecimal } from './decimal-type.ts'
import { simpleString } from './type-name.ts'

const name = (type: DataType | undefined): string | undefined => type && simpleString(type)
const dec = (precision: number, scale: number): DecimalType => decimal(precision, scale) as DecimalType

describe('least common type', () => {
  it.each<[DataType, DataType, string | undefined, string | undefined]>([
    [VOID, INTEGER, 'int', 'int'],
    [BYTE, LONG, 'bigint', 'bigint'],
    [LONG, FLOAT, 'double', 'double'],
    [INTEGER, decimal(10, 2), 'decimal(12,2)', 'decimal(12,2)'],
    [FLOAT, decimal(10, 2), 'double', 'double'],
    [decimal(38, 10), decimal(20, 18), 'decimal(38,10)', 'decimal(38,10)'],
    [STRING, INTEGER, 'bigint', 'string'],
    [STRING, decimal(3, 1), 'double', 'string'],
    [STRING, BOOLEAN, 'boolean', undefined],
    [STRING, DATE, 'date', 'string'],
    [STRING, { kind: 'day-time-interval' }, undefined, 'string'],
    [DATE, TIMESTAMP, 'timestamp', 'timestamp'],
    [DATE, TIMESTAMP_NTZ, 'timestamp_ntz', 'timestamp_ntz'],
    [TIMESTAMP, TIMESTAMP_NTZ, 'timestamp', 'timestamp'],
    [INTEGER, DATE, undefined, undefined],
    [BOOLEAN, INTEGER, undefined, undefined],
    [BINARY, BINARY, 'binary', 'binary'],
    [array(INTEGER), array(LONG), 'array<bigint>', 'array<bigint>'],
    [
      { kind: 'day-time-interval', start: 'day', end: 'day' },
      { kind: 'day-time-interval', start: 'hour', end: 'minute' },
      'interval day to minute',
      'interval day to minute',
    ],
  ])('%o and %o', (a, b, ansi, legacy) => {
    for (const [x, y] of [
      [a, b],
      [b, a],
    ] as const) {
      expect(name(commonTypeOfTwo(x, y))).toBe(ansi)
      expect(name(commonTypeOfTwo(x, y, { ansi: false }))).toBe(legacy)
    }
  })

  it('takes fields of structs one by one, by name', () => {
    const of = (field: string, type: DataType) => struct([{ name: field, type, nullable: false }])
    expect(name(commonTypeOfTwo(of('a', INTEGER), of('A', LONG)))).toBe('struct<a:bigint>')
    expect(commonTypeOfTwo(of('a', INTEGER), of('b', INTEGER))).toBeUndefined()
  })

  it('does not depend on the place of strings', () => {
    expect(name(commonType([STRING, INTEGER, decimal(4, 2)]))).toBe('double')
    expect(name(commonType([INTEGER, decimal(4, 2), STRING]))).toBe('double')
    expect(commonType([INTEGER, DATE, STRING])).toBeUndefined()
  })
})

describe('types of decimal operations', () => {
  it.each<[Parameters<typeof decimalResult>, string]>([
    [['+', dec(10, 2), dec(5, 4)], 'decimal(13,4)'],
    [['*', dec(12, 2), dec(13, 2)], 'decimal(26,4)'],
    [['*', dec(26, 4), dec(13, 2)], 'decimal(38,6)'],
    [['/', dec(10, 2), dec(10, 2)], 'decimal(23,13)'],
    [['/', dec(38, 10), dec(38, 10)], 'decimal(38,6)'],
    [['%', dec(10, 2), dec(5, 4)], 'decimal(5,4)'],
    [['*', dec(38, 18), dec(38, 18)], 'decimal(38,6)'],
  ])('%o', (call, expected) => {
    expect(simpleString(decimalResult(...call))).toBe(expected)
  })

  it('never passes 38 digits and keeps integral digits first', () => {
    expect(adjusted(50, 20)).toEqual(dec(38, 8))
    expect(widerDecimal(dec(38, 30), dec(38, 2))).toEqual(dec(38, 2))
  })
})

describe('implicit casts', () => {
  it.each<[DataType, Parameters<typeof implicitType>[1], string | undefined]>([
    [STRING, INTEGER, 'int'],
    [STRING, 'numeric', 'double'],
    [INTEGER, STRING, 'string'],
    [DOUBLE, INTEGER, 'int'],
    [BOOLEAN, INTEGER, undefined],
    [INTEGER, 'decimal', 'decimal(10,0)'],
    [DATE, TIMESTAMP, 'timestamp'],
    [INTEGER, DATE, undefined],
    [array(INTEGER), STRING, undefined],
    [VOID, DATE, 'date'],
    [array(INTEGER, false), array(LONG), 'array<bigint>'],
    [array(INTEGER, true), array(LONG, false), undefined],
  ])('%o where %o is expected', (given, expected, result) => {
    expect(name(implicitType(given, expected))).toBe(result)
  })
})
