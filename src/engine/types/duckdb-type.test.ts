import { DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SqlError } from '../sql/sql-error.ts'
import type { DataType } from './data-type.ts'
import { array, DATE, DOUBLE, decimal, map, STRING, struct, TIMESTAMP, VOID } from './data-type.ts'
import { duckdbTypeOf, fromDuckdbType } from './duckdb-type.ts'
import { simpleString } from './type-name.ts'

describe('types of DuckDB', () => {
  let instance: DuckDBInstance
  beforeAll(async () => {
    instance = await DuckDBInstance.create(':memory:', { threads: '1' })
  })
  afterAll(() => instance.closeSync())

  const describeType = async (value: string): Promise<string> => {
    const connection = await instance.connect()
    try {
      return String((await connection.runAndReadAll(`DESCRIBE SELECT ${value} AS v`)).getRows()[0]?.[1])
    } finally {
      connection.closeSync()
    }
  }

  it.each<[string, string]>([
    ['1::UTINYINT', 'smallint'],
    ['1::USMALLINT', 'int'],
    ['1::UINTEGER', 'bigint'],
    ['1::UBIGINT', 'decimal(20,0)'],
    ['1::HUGEINT', 'decimal(38,0)'],
    ['1::UHUGEINT', 'decimal(38,0)'],
    ['uuid()', 'string'],
    ["TIME '12:00:00'", 'string'],
    ["'a'::ENUM('a', 'b')", 'string'],
    ["'{}'::JSON", 'string'],
    ["'2020-01-01'::TIMESTAMP_NS", 'timestamp_ntz'],
    ["'2020-01-01'::TIMESTAMP_S", 'timestamp_ntz'],
    ["'2020-01-01'::TIMESTAMPTZ", 'timestamp'],
    ['1.50', 'decimal(3,2)'],
    ['[1, 2]', 'array<int>'],
    ['[1, 2]::INTEGER[2]', 'array<int>'],
    ['[[1::UTINYINT]]', 'array<array<smallint>>'],
    ["{'a b': 1, 'c,(': [uuid()]}", 'struct<a b:int,c,(:array<string>>'],
    ["MAP {'k': {'x': 1::UINTEGER}}", 'map<string,struct<x:bigint>>'],
  ])('%s is read as %s', async (value, expected) => {
    const { type, read } = fromDuckdbType(await describeType(value))
    expect(simpleString(type)).toBe(expected)
    // What was read has the type that is used for it everywhere else.
    const own = await describeType(read(value))
    expect(duckdbTypeOf(fromDuckdbType(own).type)).toBe(duckdbTypeOf(type))
    expect(fromDuckdbType(own).read('x')).toBe('x')
  })

  it.each(["INTERVAL '1' DAY", "'101'::BIT", '1::BIGNUM'])('%s is refused', async (value) => {
    const type = await describeType(value)
    expect(() => fromDuckdbType(type)).toThrow(SqlError)
  })

  it.each<DataType>([
    VOID,
    DATE,
    TIMESTAMP,
    decimal(38, 38),
    array(map(STRING, struct([{ name: 'A "b"', type: DOUBLE, nullable: true }]))),
  ])('DuckDB knows the type of %o', async (type) => {
    await expect(describeType(`CAST(NULL AS ${duckdbTypeOf(type)})`)).resolves.toBeTypeOf('string')
  })

  it('refuses a struct whose names differ in case only', () => {
    const fields = ['a', 'A'].map((name) => ({ name, type: STRING, nullable: true }))
    expect(() => duckdbTypeOf(struct(fields))).toThrow(/differ in case/)
  })
})
