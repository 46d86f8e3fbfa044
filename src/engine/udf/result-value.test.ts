import type { DuckDBDecimalValue } from '@duckdb/node-api'
import { describe, expect, it } from 'vitest'
import { array, DATE, decimal, INTEGER, LONG, map, STRING, struct, VOID } from '../types/data-type.ts'
import { resultOf } from './result-value.ts'

describe('results of functions of the program', () => {
  it.each([
    ['1.5', 150n],
    ['-1.50', -150n],
    ['+.5', 50n],
    ['123.4500', 12_345n],
    ['0.00000', 0n],
    ['12e1', 12_000n],
    ['1200e-3', 120n],
    [0.25, 25n],
    [-7, -700n],
    [10n, 1000n],
    ['99999.99', 9_999_999n],
  ])('takes %s as decimal(7,2)', (given, unscaled) => {
    const made = resultOf(decimal(7, 2))(given) as DuckDBDecimalValue
    expect([made.value, made.width, made.scale]).toEqual([unscaled, 7, 2])
  })

  it.each([
    ['1.505', 'round it'],
    ['1e-7', 'round it'],
    ['100000', 'out of range'],
    ['-1e10', 'out of range'],
    ['', "it returned '', which is no decimal(7,2)"],
    ['1,5', "it returned '1,5', which is no decimal(7,2)"],
    [Number.NaN, 'it returned NaN'],
    [Number.POSITIVE_INFINITY, 'it returned Infinity'],
    [true, 'it returned true'],
  ])('refuses %s as decimal(7,2)', (given, sentence) => {
    expect(() => resultOf(decimal(7, 2))(given)).toThrow(sentence)
  })

  it('takes null and undefined as null of every type, at every depth', () => {
    for (const type of [VOID, INTEGER, STRING, array(INTEGER)]) {
      expect(resultOf(type)(null)).toBeNull()
      expect(resultOf(type)(undefined)).toBeNull()
    }
    const pair = struct([
      { name: 'a', type: INTEGER, nullable: true },
      { name: 'b', type: STRING, nullable: true },
    ])
    expect(resultOf(array(pair))([{ a: 1 }, undefined])).toMatchObject({
      items: [{ entries: { a: 1, b: null } }, null],
    })
  })

  it('refuses what would be changed on the way', () => {
    expect(() => resultOf(VOID)(1)).toThrow('it returned 1, which is no void')
    expect(() => resultOf(LONG)(2n ** 63n)).toThrow('it returned 9223372036854775808n, which is no bigint')
    expect(() => resultOf(STRING)('\uD800')).toThrow('a lone surrogate')
    expect(() => resultOf(DATE)(new Date('2026-11-21T01:00:00Z'))).toThrow('must be midnight in UTC')
    expect(() => resultOf(array(INTEGER))([1, 'x'])).toThrow("it returned 'x', which is no int")
    expect(() => resultOf(map(STRING, INTEGER))(new Map([[null, 1]]))).toThrow('a key is null')
    expect(() => resultOf(map(STRING, INTEGER))({ a: 1 })).toThrow('a Map is')
  })
})
