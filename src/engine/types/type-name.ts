import type { DataType, StructType } from './data-type.ts'

/** Words of the simple types: in simpleString and SQL, and in printSchema. Source: Spark's `simpleString` and `typeName`. */
const WORDS = {
  void: ['void', 'void'],
  boolean: ['boolean', 'boolean'],
  byte: ['tinyint', 'byte'],
  short: ['smallint', 'short'],
  integer: ['int', 'integer'],
  long: ['bigint', 'long'],
  float: ['float', 'float'],
  double: ['double', 'double'],
  string: ['string', 'string'],
  binary: ['binary', 'binary'],
  date: ['date', 'date'],
  timestamp: ['timestamp', 'timestamp'],
  timestamp_ntz: ['timestamp_ntz', 'timestamp_ntz'],
} as const

const intervalName = (start: string, end: string): string =>
  start === end ? `interval ${start}` : `interval ${start} to ${end}`

const quoted = (name: string): string => (/^[A-Za-z_]\w*$/.test(name) ? name : `\`${name.replaceAll('`', '``')}\``)

/** Spark's DataType.simpleString without its cut at 25 fields: `array<struct<a:int>>`, `decimal(10,2)`. */
export const simpleString = (type: DataType): string => {
  switch (type.kind) {
    case 'decimal':
      return `decimal(${type.precision},${type.scale})`
    case 'day-time-interval':
      return intervalName(type.start ?? 'day', type.end ?? 'second')
    case 'year-month-interval':
      return intervalName(type.start ?? 'year', type.end ?? 'month')
    case 'array':
      return `array<${simpleString(type.element)}>`
    case 'map':
      return `map<${simpleString(type.key)},${simpleString(type.value)}>`
    case 'struct':
      return `struct<${type.fields.map((field) => `${field.name}:${simpleString(field.type)}`).join(',')}>`
    default:
      return WORDS[type.kind][0]
  }
}

/** Spark's DataType.sql, as error messages and DDL have it: `STRUCT<a: INT NOT NULL>`. */
export const sqlTypeName = (type: DataType): string => {
  switch (type.kind) {
    case 'array':
      return `ARRAY<${sqlTypeName(type.element)}>`
    case 'map':
      return `MAP<${sqlTypeName(type.key)}, ${sqlTypeName(type.value)}>`
    case 'struct':
      return `STRUCT<${type.fields
        .map((field) => `${quoted(field.name)}: ${sqlTypeName(field.type)}${field.nullable ? '' : ' NOT NULL'}`)
        .join(', ')}>`
    default:
      return simpleString(type).toUpperCase()
  }
}

/** DataType.typeName, as printSchema shows it. */
const treeName = (type: DataType): string => {
  switch (type.kind) {
    case 'array':
    case 'map':
    case 'struct':
      return type.kind
    case 'decimal':
    case 'day-time-interval':
    case 'year-month-interval':
      return simpleString(type)
    default:
      return WORDS[type.kind][1]
  }
}

const branches = (type: DataType, prefix: string): readonly string[] => {
  switch (type.kind) {
    case 'array':
      return [
        `${prefix}-- element: ${treeName(type.element)} (containsNull = ${type.containsNull})`,
        ...branches(type.element, `${prefix}    |`),
      ]
    case 'map':
      return [
        `${prefix}-- key: ${treeName(type.key)}`,
        ...branches(type.key, `${prefix}    |`),
        `${prefix}-- value: ${treeName(type.value)} (valueContainsNull = ${type.valueContainsNull})`,
        ...branches(type.value, `${prefix}    |`),
      ]
    case 'struct':
      return type.fields.flatMap((field) => [
        `${prefix}-- ${field.name}: ${treeName(field.type)} (nullable = ${field.nullable})`,
        ...branches(field.type, `${prefix}    |`),
      ])
    default:
      return []
  }
}

/** The text of printSchema: `root`, then a line for each field, nested ones indented. Source: StructType.treeString. */
export const treeString = (schema: StructType): string => ['root', ...branches(schema, ' |')].join('\n')
