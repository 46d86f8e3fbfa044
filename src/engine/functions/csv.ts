import { quoteText } from '../duckdb/quote.ts'
import type { Expression } from '../plan/expression.ts'
import { SqlError } from '../sql/sql-error.ts'
import {
  BOOLEAN,
  DATE,
  type DataType,
  DOUBLE,
  decimal,
  INTEGER,
  LONG,
  STRING,
  struct,
  TIMESTAMP,
} from '../types/data-type.ts'
import { isAtomic, isInterval } from '../types/same-type.ts'
import { sqlTypeName } from '../types/type-name.ts'
import { argumentsOf, constantText, isNullLiteral, typeOfArgument } from './call-parts.ts'
import { constantOptions, flag } from './constant-options.ts'
import type { SparkFunction } from './function.ts'
import { failsFast, MALFORMED, schemaOfArgument } from './json.ts'
import { unsupported, wrongType } from './refuse.ts'
import { type CsvOptions, type CsvReadOptions, readCsv } from './script/csv-text.ts'
import { scriptCall, specOf } from './script/script-call.ts'
import { checkCount, coerced } from './signature.ts'
import { withTextTimes } from './time-leaves.ts'
import { readTimes, writeTimes } from './time-text.ts'

const FORM = [
  'sep',
  'delimiter',
  'quote',
  'escape',
  'nullvalue',
  'ignoreleadingwhitespace',
  'ignoretrailingwhitespace',
  'dateformat',
  'timestampformat',
  'timestampntzformat',
]
const READ = [...FORM, 'mode', 'columnnameofcorruptrecord']
const WRITE = [...FORM, 'quoteall']

type Options = Readonly<Record<string, string>>

const formOf = (options: Options, trim: boolean): CsvOptions => ({
  separator: options.sep ?? options.delimiter ?? ',',
  quote: options.quote ?? '"',
  escape: options.escape ?? '\\',
  nullValue: options.nullvalue ?? '',
  trimStart: flag(options, 'ignoreleadingwhitespace', trim),
  trimEnd: flag(options, 'ignoretrailingwhitespace', trim),
  quoteAll: flag(options, 'quoteall', false),
  comment: '',
})

const fromCsv: SparkFunction = {
  name: 'from_csv',
  kind: 'scalar',
  resolve: (given) => {
    checkCount('from_csv', given, 2, 3)
    const { type: from } = given[0]!
    if (from.kind !== 'string' && from.kind !== 'void') throw wrongType('from_csv', 0, 'a text', from)
    const schema = schemaOfArgument('from_csv', given[1]!)
    if (schema.kind !== 'struct')
      throw new SqlError('INVALID_SCHEMA.NON_STRUCT_TYPE', `from_csv gives rows, no ${sqlTypeName(schema)}`)
    const other = schema.fields.find((field) => !isAtomic(field.type) || isInterval(field.type))
    if (other && isInterval(other.type)) throw unsupported('from_csv reads no intervals here')
    if (other) throw new SqlError('UNSUPPORTED_DATATYPE', `A field of CSV cannot be ${sqlTypeName(other.type)}`)
    failsFast('from_csv', constantOptions('from_csv', given[2], READ))
    const fields = schema.fields.map((field) => ({ ...field, nullable: true }))
    return { args: given, type: struct(fields), nullable: true }
  },
  emit: ([text], call, settings) => {
    const given = constantOptions('from_csv', argumentsOf(call)[2], READ)
    const failFast = failsFast('from_csv', given)
    const options: CsvReadOptions = {
      ...formOf(given, false),
      type: call.type,
      failFast,
      corruptField: given.columnnameofcorruptrecord ?? '_corrupt_record',
    }
    const value = isNullLiteral(argumentsOf(call)[0]) ? 'CAST(NULL AS VARCHAR)' : text!
    const spec = { ...specOf(call, settings, options), args: [STRING], type: withTextTimes(call.type) }
    return readTimes(scriptCall('fromcsv', [value], spec), call.type, given, settings, failFast ? MALFORMED : undefined)
  },
}

const toCsv: SparkFunction = {
  name: 'to_csv',
  kind: 'scalar',
  resolve: (given, settings) => {
    checkCount('to_csv', given, 1, 2)
    const { type, nullable } = given[0]!
    if (type.kind === 'void')
      return { args: [coerced('to_csv', given, 0, STRING, settings)], type: STRING, nullable: true }
    if (type.kind !== 'struct')
      throw new SqlError('DATATYPE_MISMATCH.UNSUPPORTED_INPUT_TYPE', `to_csv takes a struct, no ${sqlTypeName(type)}`)
    const other = type.fields.find(
      ({ type: { kind }, type: one }) => kind !== 'void' && (!isAtomic(one) || isInterval(one) || kind === 'binary'),
    )
    if (other)
      throw unsupported(`to_csv of a field of ${sqlTypeName(other.type)} is not computed here; cast it to STRING`)
    constantOptions('to_csv', given[1], WRITE)
    return { args: given, type: STRING, nullable }
  },
  emit: ([value], call, settings) => {
    const type = typeOfArgument(call, 0)
    if (type.kind === 'string') return value!
    const given = constantOptions('to_csv', argumentsOf(call)[1], WRITE)
    const spec = { ...specOf(call, settings, formOf(given, true)), args: [withTextTimes(type)] }
    return scriptCall('tocsv', [writeTimes(value!, type, given, settings)], spec)
  },
}

const TIME =
  /^\d{4,}-\d{1,2}-\d{1,2}[ T]\d{1,2}:\d{1,2}(?::\d{1,2}(?:\.\d*)?)?(?:Z|UTC|[+-]\d{1,2}(?::?\d{2})?|[A-Za-z]+\/[A-Za-z_]+)?$/

/** Source: Spark's CSVInferSchema.inferField. */
const inferField = (text: string | null): DataType => {
  if (text === null) return STRING
  if (/^[+-]?\d+$/.test(text)) {
    const value = BigInt(text.replace(/^\+/, ''))
    if (BigInt.asIntN(32, value) === value) return INTEGER
    if (BigInt.asIntN(64, value) === value) return LONG
    const digits = text.replace(/^[+-]?0*/, '').length
    return digits <= 38 ? decimal(digits, 0) : DOUBLE
  }
  if (/^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[dDfF]?\s*$/.test(text) || /^(NaN|Inf|-Inf)$/.test(text))
    return DOUBLE
  if (/^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text))) return DATE
  if (TIME.test(text)) return TIMESTAMP
  return /^(true|false)$/i.test(text) ? BOOLEAN : STRING
}

const schemaOfCsv: SparkFunction = {
  name: 'schema_of_csv',
  kind: 'scalar',
  resolve: (given) => {
    checkCount('schema_of_csv', given, 1, 2)
    if (isNullLiteral(given[0]))
      throw new SqlError('DATATYPE_MISMATCH.UNEXPECTED_NULL', 'schema_of_csv takes a text, not NULL')
    const text = constantText(given[0])
    if (text === undefined)
      throw new SqlError('DATATYPE_MISMATCH.NON_FOLDABLE_INPUT', 'schema_of_csv takes a constant text')
    if (text === '') throw new SqlError('INTERNAL_ERROR', 'schema_of_csv takes a row, not the empty text')
    const tokens = readCsv(text, formOf(constantOptions('schema_of_csv', given[1], READ), false))
    const fields = tokens.map((token, index) => ({ name: `_c${index}`, type: inferField(token), nullable: true }))
    const name: Expression = { kind: 'literal', value: sqlTypeName(struct(fields)), type: STRING, nullable: false }
    return { args: [name], type: STRING, nullable: false }
  },
  emit: (_, call) => quoteText(constantText(argumentsOf(call)[0])!),
}

export const CSV_FUNCTIONS: readonly SparkFunction[] = [fromCsv, toCsv, schemaOfCsv]
