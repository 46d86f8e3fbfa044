import type { Expression } from '../plan/expression.ts'
import { SqlError } from '../sql/sql-error.ts'
import { type DataType, decimal, INTEGER, STRING } from '../types/data-type.ts'
import { isDatetime, isNumeric } from '../types/same-type.ts'
import { argumentsOf, constantText, isNullLiteral } from './call-parts.ts'
import { castTo } from './coerce.ts'
import { DATE_TEXT } from './date-text.ts'
import type { SparkFunction } from './function.ts'
import { unsupported, wrongType } from './refuse.ts'
import { digitsOf, type NumberFormat, readNumberFormat } from './script/number-format.ts'
import { scriptCall, scripted, specOf } from './script/script-call.ts'
import { anyNullable, checkCount, coerced } from './signature.ts'
import { STRING_CODE } from './string-code.ts'

const formatNumber: SparkFunction = {
  name: 'format_number',
  kind: 'scalar',
  resolve: (given, settings) => {
    checkCount('format_number', given, 2)
    const { type } = given[0]!
    if (type.kind !== 'void' && !isNumeric(type)) throw wrongType('format_number', 0, 'a number', type)
    const value = type.kind === 'void' ? castTo(given[0]!, INTEGER, settings) : given[0]!
    const how = coerced('format_number', given, 1, given[1]!.type.kind === 'string' ? STRING : INTEGER, settings)
    return { args: [value, how], type: STRING, nullable: true }
  },
  emit: scripted('formatnumber'),
}

const formatString: SparkFunction = {
  name: 'format_string',
  aliases: ['printf'],
  kind: 'scalar',
  resolve: (given, settings) => {
    checkCount('format_string', given, 1, Number.POSITIVE_INFINITY)
    const args = [coerced('format_string', given, 0, STRING, settings), ...given.slice(1)]
    const odd = given.slice(1).find(({ type }) => !isNumeric(type) && !PRINTED.has(type.kind))
    if (odd) throw unsupported('format_string takes numbers, texts, dates and BOOLEAN here; cast the others to STRING')
    return { args, type: STRING, nullable: args[0]!.nullable }
  },
  emit: scripted('formatstring'),
}

const PRINTED = new Set(['string', 'boolean', 'date', 'timestamp', 'timestamp_ntz', 'void'])

const formatOf = (name: string, argument: Expression | undefined): NumberFormat => {
  const text = constantText(argument)
  if (text === undefined)
    throw new SqlError('DATATYPE_MISMATCH.NON_FOLDABLE_INPUT', `The format of ${name} is a constant text`)
  const format = readNumberFormat(text)
  if (!format) throw new SqlError('INVALID_FORMAT', `${text} is no number format; ${name}(x, '999.99') takes one`)
  return format
}

const toNumber = (name: string, tries: boolean): SparkFunction => ({
  name,
  kind: 'scalar',
  resolve: (given, settings) => {
    checkCount(name, given, 2)
    const text = coerced(name, given, 0, STRING, settings)
    if (isNullLiteral(given[1]))
      return { args: [text, castTo(given[1]!, STRING, settings)], type: decimal(38, 0), nullable: true }
    const format = formatOf(name, given[1])
    return {
      args: [text, given[1]!],
      type: decimal(Math.max(1, digitsOf(format)), format.scale),
      nullable: tries || text.nullable,
    }
  },
  emit: ([text], call, settings) => {
    const given = argumentsOf(call)[1]
    const format = isNullLiteral(given) ? undefined : formatOf(name, given)
    if (format === undefined) return 'CAST(NULL AS DECIMAL(38,0))'
    const options = { format, tries, text: constantText(given) }
    return scriptCall('tonumber', [text!], { ...specOf(call, settings, options), args: [STRING] })
  },
})

const dateFormat = DATE_TEXT.find(({ name }) => name === 'date_format')!

const wholeType = (type: DataType): DataType => {
  if (type.kind === 'decimal') return type
  if (type.kind === 'long') return decimal(20, 0)
  return type.kind === 'integer' ? decimal(10, 0) : type.kind === 'short' ? decimal(5, 0) : decimal(3, 0)
}

/** to_char of numbers by a number format, of dates by a pattern, of bytes as hex, base64 or utf-8. */
const toChar: SparkFunction = {
  name: 'to_char',
  aliases: ['to_varchar'],
  kind: 'scalar',
  resolve: (given, settings) => {
    checkCount('to_char', given, 2)
    const { type } = given[0]!
    if (isDatetime(type)) return dateFormat.resolve(given, settings)
    const format = coerced('to_char', given, 1, STRING, settings)
    if (type.kind === 'binary') {
      const text = constantText(given[1])?.toLowerCase()
      if (text === undefined && !isNullLiteral(given[1]))
        throw new SqlError('DATATYPE_MISMATCH.NON_FOLDABLE_INPUT', 'The format of to_char of BINARY is a constant')
      if (text !== undefined && !['hex', 'base64', 'utf-8'].includes(text))
        throw new SqlError(
          'INVALID_PARAMETER_VALUE.BINARY_FORMAT',
          `The format of to_char of BINARY is hex, base64 or utf-8, not ${text}`,
        )
      return { args: [given[0]!, format], type: STRING, nullable: true }
    }
    if (type.kind === 'void')
      return { args: [castTo(given[0]!, decimal(38, 18), settings), format], type: STRING, nullable: true }
    if (type.kind === 'float' || type.kind === 'double' || type.kind === 'string') {
      const decimalType =
        type.kind === 'float' ? decimal(14, 7) : type.kind === 'double' ? decimal(30, 15) : decimal(38, 18)
      if (!isNullLiteral(given[1])) formatOf('to_char', given[1])
      return { args: [castTo(given[0]!, decimalType, settings), format], type: STRING, nullable: true }
    }
    if (!isNumeric(type)) throw wrongType('to_char', 0, 'a number, a date, a timestamp or bytes', type)
    if (!isNullLiteral(given[1])) formatOf('to_char', given[1])
    return {
      args: [castTo(given[0]!, wholeType(type), settings), format],
      type: STRING,
      nullable: anyNullable([given[0]!, format]),
    }
  },
  emit: (args, call, settings) => {
    const [value, format] = argumentsOf(call)
    if (isDatetime(value!.type)) return dateFormat.emit(args, call, settings)
    if (isNullLiteral(format)) return 'CAST(NULL AS VARCHAR)'
    if (value!.type.kind === 'binary') {
      const text = constantText(format)!.toLowerCase()
      if (text === 'hex') return `hex(${args[0]})`
      const name = text === 'base64' ? 'base64' : 'decode'
      return STRING_CODE.find((spark) => spark.name === name)!.emit(
        name === 'decode' ? [args[0]!, "'utf-8'"] : [args[0]!],
        call,
        settings,
      )
    }
    return scriptCall('tochar', [args[0]!], {
      ...specOf(call, settings, formatOf('to_char', format)),
      args: [value!.type],
    })
  },
}

export const TEXT_FORMAT: readonly SparkFunction[] = [
  formatNumber,
  formatString,
  toNumber('to_number', false),
  toNumber('try_to_number', true),
  toChar,
]
