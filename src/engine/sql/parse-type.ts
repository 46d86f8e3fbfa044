import {
  array,
  BINARY,
  BOOLEAN,
  BYTE,
  DATE,
  type DataType,
  type DayTimeField,
  DOUBLE,
  decimal,
  FLOAT,
  INTEGER,
  LONG,
  map,
  SHORT,
  STRING,
  type StructField,
  type StructType,
  struct,
  TIMESTAMP,
  TIMESTAMP_NTZ,
  VOID,
  type YearMonthField,
} from '../types/data-type.ts'
import { tokenize } from './lexer.ts'
import { TokenCursor } from './token-cursor.ts'

const SIMPLE = new Map<string, DataType>([
  ['BOOLEAN', BOOLEAN],
  ['TINYINT', BYTE],
  ['BYTE', BYTE],
  ['SMALLINT', SHORT],
  ['SHORT', SHORT],
  ['INT', INTEGER],
  ['INTEGER', INTEGER],
  ['BIGINT', LONG],
  ['LONG', LONG],
  ['FLOAT', FLOAT],
  ['REAL', FLOAT],
  ['DOUBLE', DOUBLE],
  ['DATE', DATE],
  ['TIMESTAMP', TIMESTAMP],
  ['TIMESTAMP_LTZ', TIMESTAMP],
  ['TIMESTAMP_NTZ', TIMESTAMP_NTZ],
  ['STRING', STRING],
  ['BINARY', BINARY],
  ['VOID', VOID],
])

const DECIMALS = new Set(['DECIMAL', 'DEC', 'NUMERIC'])
const CHARACTERS = new Set(['CHAR', 'CHARACTER', 'VARCHAR'])
const YEAR_MONTH: readonly YearMonthField[] = ['year', 'month']
const DAY_TIME: readonly DayTimeField[] = ['day', 'hour', 'minute', 'second']
const MAX_PRECISION = 38

/** `cast`: CHAR and VARCHAR are STRING, as Spark has it in a CAST; in a schema they are refused. */
export const dataType = (cursor: TokenCursor, use: 'cast' | 'schema'): DataType =>
  cursor.nested(() => dataTypeHere(cursor, use))

const dataTypeHere = (cursor: TokenCursor, use: 'cast' | 'schema'): DataType => {
  const from = cursor.position
  const token = cursor.peek()
  if (token.kind !== 'word') throw cursor.unexpected('a type')
  cursor.next()
  const simple = SIMPLE.get(token.value)
  if (simple !== undefined) {
    if (simple.kind === 'string' && cursor.takeWords('COLLATE')) {
      const collation = cursor.expectName('a collation')
      if (collation.toUpperCase() !== 'UTF8_BINARY') {
        throw cursor.refuse(`The collation ${collation}`, 'strings compare by their bytes (UTF8_BINARY)', from)
      }
    }
    if (cursor.isSymbol('(')) throw cursor.error('PARSE_SYNTAX_ERROR', `The type ${token.text} has no parameters.`)
    return simple
  }
  if (DECIMALS.has(token.value)) return decimalType(cursor)
  if (CHARACTERS.has(token.value)) {
    cursor.expectSymbol('(')
    cursor.expectInteger('a length')
    cursor.expectSymbol(')')
    if (use === 'cast') return STRING
    throw cursor.refuse(`The type ${token.value}`, 'use STRING', from)
  }
  switch (token.value) {
    case 'ARRAY': {
      cursor.expectSymbol('<')
      const element = dataType(cursor, use)
      cursor.expectSymbol('>')
      return array(element)
    }
    case 'MAP': {
      cursor.expectSymbol('<')
      const key = dataType(cursor, use)
      cursor.expectSymbol(',')
      const value = dataType(cursor, use)
      cursor.expectSymbol('>')
      return map(key, value)
    }
    case 'STRUCT': {
      if (cursor.takeSymbol('<>')) return struct([])
      cursor.expectSymbol('<')
      if (cursor.takeSymbol('>')) return struct([])
      const fields = cursor.list(() => structField(cursor, use))
      cursor.expectSymbol('>')
      return struct(fields)
    }
    case 'INTERVAL':
      return intervalType(cursor, from)
    case 'VARIANT':
    case 'TIME':
    case 'GEOMETRY':
    case 'GEOGRAPHY':
      throw cursor.refuse(`The type ${token.value}`, 'use another type', from)
    default:
      throw cursor.refuse(`A type named ${token.text}`, 'types have the names of the Spark SQL reference', from)
  }
}

const decimalType = (cursor: TokenCursor): DataType => {
  if (!cursor.takeSymbol('(')) return decimal(10, 0)
  const precision = cursor.expectInteger('a precision')
  const scale = cursor.takeSymbol(',') ? cursor.expectInteger('a scale') : 0
  if (precision < 1 || precision > MAX_PRECISION || scale > precision) {
    throw cursor.error(
      'DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION',
      `DECIMAL(${precision}, ${scale}) does not exist: the precision is 1 to ${MAX_PRECISION} and the scale at most the precision.`,
    )
  }
  cursor.expectSymbol(')')
  return decimal(precision, scale)
}

const intervalType = (cursor: TokenCursor, from: number): DataType => {
  const fields = <F extends string>(units: readonly F[]): { readonly start?: F; readonly end?: F } | undefined => {
    const start = units.find((unit) => cursor.isWord(unit.toUpperCase()))
    if (start === undefined) return undefined
    cursor.next()
    if (!cursor.takeWords('TO')) return { start, end: start }
    const smaller = units.slice(units.indexOf(start) + 1)
    const end = smaller.find((unit) => cursor.isWord(unit.toUpperCase()))
    if (end === undefined) throw cursor.unexpected(smaller.join(' or ').toUpperCase() || 'the end of the type')
    cursor.next()
    return units.length === smaller.length + 1 && end === units.at(-1) ? {} : { start, end }
  }
  const yearMonth = fields(YEAR_MONTH)
  if (yearMonth !== undefined) return { kind: 'year-month-interval', ...yearMonth }
  const dayTime = fields(DAY_TIME)
  if (dayTime !== undefined) return { kind: 'day-time-interval', ...dayTime }
  throw cursor.refuse('The type INTERVAL without units', 'say INTERVAL YEAR TO MONTH or INTERVAL DAY TO SECOND', from)
}

const structField = (cursor: TokenCursor, use: 'cast' | 'schema'): StructField => {
  const name = cursor.expectName('a field name')
  cursor.takeSymbol(':')
  const type = dataType(cursor, use)
  const nullable = !cursor.takeWords('NOT', 'NULL')
  if (cursor.takeWords('COMMENT')) cursor.expectString('a comment')
  return { name, type, nullable }
}

/** `a INT NOT NULL, b STRING COMMENT '…'`; comments are not kept. */
export const columnList = (cursor: TokenCursor): StructType => {
  const fields = cursor.list(() => {
    const field = structField(cursor, 'schema')
    if (cursor.isWord('DEFAULT') || cursor.isWord('GENERATED')) {
      throw cursor.refuse(`${cursor.peek().value} for a column`, 'write the value in the query', cursor.position)
    }
    return field
  })
  const seen = new Set<string>()
  for (const { name } of fields) {
    if (seen.has(name.toLowerCase())) {
      throw cursor.error(
        'COLUMN_ALREADY_EXISTS',
        `The column ${name} is there twice; names must differ by more than case.`,
      )
    }
    seen.add(name.toLowerCase())
  }
  return struct(fields)
}

/** A type by Spark's name: `DECIMAL(10, 2)`, `array<struct<a: int>>`. Throws SqlError. */
export const parseDataType = (text: string): DataType => {
  const cursor = new TokenCursor(tokenize(text))
  const type = dataType(cursor, 'schema')
  if (!cursor.isEnd()) throw cursor.unexpected('the end of the type')
  return type
}

/** `a INT, b STRING NOT NULL`, or the same as STRUCT<…>, as reader.schema takes it. Throws SqlError. */
export const parseTableSchema = (text: string): StructType => {
  const cursor = new TokenCursor(tokenize(text))
  if (cursor.isWord('STRUCT') && (cursor.isSymbol('<', 1) || cursor.isSymbol('<>', 1))) {
    const type = dataType(cursor, 'schema')
    cursor.expectEnd()
    if (type.kind === 'struct') return type
  }
  const schema = columnList(cursor)
  if (!cursor.isEnd()) throw cursor.unexpected('a comma or the end of the schema')
  return schema
}
