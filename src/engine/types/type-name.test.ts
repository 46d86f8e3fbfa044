import { describe, expect, it } from 'vitest'
import { array, type DataType, decimal, INTEGER, LONG, map, STRING, struct, VOID } from './data-type.ts'
import { simpleString, sqlTypeName, treeString } from './type-name.ts'

const nested: DataType = struct([
  { name: 'a', type: LONG, nullable: false },
  { name: 'b c', type: array(map(STRING, decimal(10, 2), false)), nullable: true },
])

describe('names of types', () => {
  it.each<[DataType, string, string]>([
    [VOID, 'void', 'VOID'],
    [LONG, 'bigint', 'BIGINT'],
    [decimal(38, 18), 'decimal(38,18)', 'DECIMAL(38,18)'],
    [{ kind: 'day-time-interval' }, 'interval day to second', 'INTERVAL DAY TO SECOND'],
    [{ kind: 'day-time-interval', start: 'day', end: 'day' }, 'interval day', 'INTERVAL DAY'],
    [{ kind: 'year-month-interval' }, 'interval year to month', 'INTERVAL YEAR TO MONTH'],
    [
      nested,
      'struct<a:bigint,b c:array<map<string,decimal(10,2)>>>',
      'STRUCT<a: BIGINT NOT NULL, `b c`: ARRAY<MAP<STRING, DECIMAL(10,2)>>>',
    ],
  ])('%o', (type, simple, sql) => {
    expect(simpleString(type)).toBe(simple)
    expect(sqlTypeName(type)).toBe(sql)
  })

  it('prints a schema as a tree', () => {
    const schema = struct([
      { name: 'id', type: INTEGER, nullable: false },
      { name: 's', type: nested, nullable: true },
    ])
    expect(treeString(schema)).toBe(
      [
        'root',
        ' |-- id: integer (nullable = false)',
        ' |-- s: struct (nullable = true)',
        ' |    |-- a: long (nullable = false)',
        ' |    |-- b c: array (nullable = true)',
        ' |    |    |-- element: map (containsNull = true)',
        ' |    |    |    |-- key: string',
        ' |    |    |    |-- value: decimal(10,2) (valueContainsNull = false)',
      ].join('\n'),
    )
  })
})
