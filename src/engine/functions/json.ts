import { quoteText } from '../duckdb/quote.ts'
import type { Expression } from '../plan/expression.ts'
import { parseDataType, parseTableSchema } from '../sql/parse.ts'
import { SqlError } from '../sql/sql-error.ts'
import { array, type DataType, INTEGER, STRING } from '../types/data-type.ts'
import { isInterval } from '../types/same-type.ts'
import { sqlTypeName } from '../types/type-name.ts'
import { argumentsOf, constantText, isNullLiteral, typeOfArgument } from './call-parts.ts'
import { constantOptions, flag } from './constant-options.ts'
import type { SparkFunction } from './function.ts'
import { raise } from './raise.ts'
import { unsupported, wrongType } from './refuse.ts'
import { inferJson } from './script/json-infer.ts'
import type { JsonReadOptions } from './script/json-read.ts'
import { type JsonSyntax, readJson } from './script/json-text.ts'
import type { JsonWriteOptions } from './script/json-write.ts'
import { scriptCall, scripted, specOf } from './script/script-call.ts'
import { checkCount, coerced, simple } from './signature.ts'
import { withTextTimes } from './time-leaves.ts'
import { readTimes, writeTimes } from './time-text.ts'

const TIMES = ['dateformat', 'timestampformat', 'timestampntzformat']
const SYNTAX = [
  'allowunquotedfieldnames',
  'allowsinglequotes',
  'allownumericleadingzeros',
  'allowcomments',
  'allownonnumericnumbers',
  'allowunquotedcontrolchars',
  'allowbackslashescapinganycharacter',
]
const READ = [...TIMES, ...SYNTAX, 'mode', 'columnnameofcorruptrecord', 'primitivesasstring', 'prefersdecimal']

type Options = Readonly<Record<string, string>>

const syntaxOf = (options: Options): JsonSyntax => ({
  unquotedNames: flag(options, 'allowunquotedfieldnames', false),
  singleQuotes: flag(options, 'allowsinglequotes', true),
  leadingZeros: flag(options, 'allownumericleadingzeros', false),
  comments: flag(options, 'allowcomments', false),
  nonNumeric: flag(options, 'allownonnumericnumbers', true),
  controls: flag(options, 'allowunquotedcontrolchars', false),
  anyEscape: flag(options, 'allowbackslashescapinganycharacter', false),
})

/** The constant text of a schema: a type, or the fields of a row. */
export const schemaOfArgument = (name: string, argument: Expression): DataType => {
  const made = argument.kind === 'call' && /^schema_of_(json|csv)$/.test(argument.name)
  const text = constantText(made ? argumentsOf(argument)[0] : argument)
  if (text === undefined)
    throw new SqlError(
      'INVALID_SCHEMA.NON_STRING_LITERAL',
      `The schema of ${name} is a constant text: ${name}(column, 'a INT, b STRING')`,
    )
  // `a` in `a INT` is no type; `x` alone is neither, and the complaint is about the type.
  try {
    return parseDataType(text)
  } catch (error) {
    if (!(error instanceof SqlError)) throw error
    if (!/\s/.test(text.trim())) throw new SqlError('UNSUPPORTED_DATATYPE', error.message)
    return parseTableSchema(text)
  }
}

/** PERMISSIVE, the default, or FAILFAST. */
export const failsFast = (name: string, options: Options): boolean => {
  const mode = (options.mode ?? 'PERMISSIVE').toUpperCase()
  if (mode === 'PERMISSIVE' || mode === 'FAILFAST') return mode === 'FAILFAST'
  throw new SqlError('PARSE_MODE_UNSUPPORTED', `${name} knows the modes PERMISSIVE and FAILFAST, not ${mode}`)
}

const allNullable = (type: DataType): DataType => {
  switch (type.kind) {
    case 'array':
      return { ...type, element: allNullable(type.element), containsNull: true }
    case 'map':
      return { ...type, value: allNullable(type.value), valueContainsNull: true }
    case 'struct':
      return {
        ...type,
        fields: type.fields.map((field) => ({ ...field, type: allNullable(field.type), nullable: true })),
      }
    default:
      return type
  }
}

export const MALFORMED = raise(
  'MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION',
  'Malformed records are detected in record parsing. Parse Mode: FAILFAST',
)

const fromJson: SparkFunction = {
  name: 'from_json',
  kind: 'scalar',
  resolve: (given) => {
    checkCount('from_json', given, 2, 3)
    const [value, schema, options] = given
    if (value!.type.kind !== 'string' && value!.type.kind !== 'void')
      throw wrongType('from_json', 0, 'a text', value!.type)
    const type = allNullable(schemaOfArgument('from_json', schema!))
    if (type.kind !== 'struct' && type.kind !== 'array' && type.kind !== 'map')
      throw new SqlError(
        'DATATYPE_MISMATCH.INVALID_JSON_SCHEMA',
        `from_json gives rows, arrays or maps, no ${sqlTypeName(type)}`,
      )
    failsFast('from_json', constantOptions('from_json', options, READ))
    return { args: given, type, nullable: true }
  },
  emit: ([text], call, settings) => {
    if (isNullLiteral(argumentsOf(call)[0]))
      return scriptCall('fromjson', ['CAST(NULL AS VARCHAR)'], fromSpec(call, settings))
    const spec = fromSpec(call, settings)
    const { given } = optionsOf(call)
    return readTimes(
      scriptCall('fromjson', [text!], spec),
      call.type,
      given,
      settings,
      failsFast('from_json', given) ? MALFORMED : undefined,
    )
  },
}

const optionsOf = (call: Expression): { readonly given: Options } => ({
  given: constantOptions('from_json', argumentsOf(call)[2], READ),
})

const fromSpec = (call: Expression, settings: Parameters<SparkFunction['emit']>[2]) => {
  const { given } = optionsOf(call)
  const options: JsonReadOptions = {
    type: call.type,
    syntax: syntaxOf(given),
    failFast: failsFast('from_json', given),
    primitivesAsString: flag(given, 'primitivesasstring', false),
    corruptField: given.columnnameofcorruptrecord ?? '_corrupt_record',
  }
  return { ...specOf(call, settings, options), args: [STRING], type: withTextTimes(call.type) }
}

const refuseIntervals = (type: DataType): void => {
  if (isInterval(type)) throw unsupported('to_json of an interval is not computed here; cast it to STRING')
  if (type.kind === 'array') refuseIntervals(type.element)
  if (type.kind === 'map') for (const inner of [type.key, type.value]) refuseIntervals(inner)
  if (type.kind === 'struct') for (const field of type.fields) refuseIntervals(field.type)
}

const WRITE = [...TIMES, 'ignorenullfields', 'pretty']

const toJson: SparkFunction = {
  name: 'to_json',
  kind: 'scalar',
  resolve: (given, settings) => {
    checkCount('to_json', given, 1, 2)
    const { type, nullable } = given[0]!
    if (type.kind === 'void')
      return { args: [coerced('to_json', given, 0, STRING, settings)], type: STRING, nullable: true }
    if (type.kind !== 'struct' && type.kind !== 'array' && type.kind !== 'map')
      throw new SqlError(
        'DATATYPE_MISMATCH.INVALID_JSON_SCHEMA',
        `to_json takes a struct, an array or a map, no ${sqlTypeName(type)}`,
      )
    refuseIntervals(type)
    constantOptions('to_json', given[1], WRITE)
    return { args: given, type: STRING, nullable }
  },
  emit: ([value], call, settings) => {
    const type = typeOfArgument(call, 0)
    if (type.kind === 'string') return value!
    const given = constantOptions('to_json', argumentsOf(call)[1], WRITE)
    const options: JsonWriteOptions = {
      ignoreNulls: flag(given, 'ignorenullfields', true),
      pretty: flag(given, 'pretty', false),
    }
    const spec = { ...specOf(call, settings, options), args: [withTextTimes(type)] }
    return scriptCall('tojson', [writeTimes(value!, type, given, settings)], spec)
  },
}

/** The type of a constant text, as text: what from_json takes for a schema. */
const schemaOfJson: SparkFunction = {
  name: 'schema_of_json',
  kind: 'scalar',
  resolve: (given) => {
    checkCount('schema_of_json', given, 1, 2)
    const text = constantText(given[0])
    if (isNullLiteral(given[0]))
      throw new SqlError('DATATYPE_MISMATCH.UNEXPECTED_NULL', 'schema_of_json takes a text, not NULL')
    if (text === undefined)
      throw new SqlError('DATATYPE_MISMATCH.NON_FOLDABLE_INPUT', 'schema_of_json takes a constant text')
    const options = constantOptions('schema_of_json', given[1], READ)
    const json = readJson(text, syntaxOf(options))
    if (json === 'malformed')
      throw new SqlError('_LEGACY_ERROR_TEMP_2165', 'schema_of_json takes a text of JSON; this is none')
    const type =
      json === undefined
        ? STRING
        : inferJson(json, {
            primitivesAsString: flag(options, 'primitivesasstring', false),
            prefersDecimal: flag(options, 'prefersdecimal', false),
          })
    const name = { kind: 'literal', value: sqlTypeName(type), type: STRING, nullable: false } as const
    return { args: [name], type: STRING, nullable: false }
  },
  emit: (_, call) => quoteText(constantText(argumentsOf(call)[0])!),
}

/** The fields of an object, a column each. */
const jsonTuple: SparkFunction = {
  name: 'json_tuple',
  kind: 'generator',
  resolve: (given, settings) => {
    checkCount('json_tuple', given, 2, Number.POSITIVE_INFINITY)
    const other = given.find(({ type }) => type.kind !== 'string')
    if (other) throw new SqlError('DATATYPE_MISMATCH.NON_STRING_TYPE', 'json_tuple takes texts')
    const args = given.map((_, index) => coerced('json_tuple', given, index, STRING, settings))
    const columns = given.slice(1).map((_, index) => ({ name: `c${index}`, type: STRING, nullable: true }))
    return { args, type: STRING, nullable: true, columns }
  },
  emit: (args, call, settings) => {
    const fields = args.slice(1).map((_, index) => ({ name: `c${index}`, type: STRING, nullable: true }))
    return scriptCall('jsontuple', args, { ...specOf(call, settings), type: array({ kind: 'struct', fields }) })
  },
}

const EXACT = { nullable: true, exact: true } as const

export const JSON_FUNCTIONS: readonly SparkFunction[] = [
  simple('get_json_object', [STRING, STRING], STRING, scripted('getjsonobject'), EXACT),
  simple('json_array_length', [STRING], INTEGER, scripted('jsonarraylength'), EXACT),
  simple('json_object_keys', [STRING], array(STRING), scripted('jsonobjectkeys'), EXACT),
  fromJson,
  toJson,
  schemaOfJson,
  jsonTuple,
]
