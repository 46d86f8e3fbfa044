import type { DataType } from '../../types/data-type.ts'
import { simpleString } from '../../types/type-name.ts'
import { unscaledOf } from './java-number.ts'
import { type Json, type JsonSyntax, readJson, writeJson } from './json-text.ts'
import { fault, type ScriptTable } from './script-function.ts'
import type { ScriptValue } from './script-values.ts'

/** How from_json reads. `type`: of the result, while dates and timestamps are given as texts. */
export interface JsonReadOptions {
  readonly type: DataType
  readonly syntax: JsonSyntax
  readonly failFast: boolean
  readonly primitivesAsString: boolean
  /** The name of the field that gets the text of a record that does not fit. */
  readonly corruptField: string
}

/** A record in reading: whether anything in it did not fit. */
interface Reading {
  bad: boolean
}

type Convert = (json: Json, reading: Reading) => ScriptValue

class Unfit extends Error {}

const INTEGERS: Readonly<Record<string, number>> = { byte: 8, short: 16, integer: 32, long: 64 }

const SPECIAL: Readonly<Record<string, number>> = {
  NaN: Number.NaN,
  '+INF': Number.POSITIVE_INFINITY,
  INF: Number.POSITIVE_INFINITY,
  '+Infinity': Number.POSITIVE_INFINITY,
  Infinity: Number.POSITIVE_INFINITY,
  '-INF': Number.NEGATIVE_INFINITY,
  '-Infinity': Number.NEGATIVE_INFINITY,
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

const unfit = (json: Json, type: DataType): never => {
  throw new Unfit(`${json.kind} is no ${simpleString(type)}`)
}

/** Source: Spark's JacksonParser.makeConverter. */
const converter = (type: DataType, options: JsonReadOptions): Convert => {
  const convert = convertOf(type, options)
  return (json, reading) => (json.kind === 'null' ? null : convert(json, reading))
}

const convertOf = (type: DataType, options: JsonReadOptions): Convert => {
  switch (type.kind) {
    case 'boolean':
      return (json) => (json.kind === 'boolean' ? json.value : unfit(json, type))
    case 'byte':
    case 'short':
    case 'integer':
    case 'long':
      return (json) => {
        if (json.kind !== 'number' || !json.whole) return unfit(json, type)
        const value = BigInt(json.text)
        if (BigInt.asIntN(INTEGERS[type.kind]!, value) !== value) return unfit(json, type)
        return type.kind === 'long' ? value : Number(value)
      }
    case 'float':
    case 'double':
      return (json) => {
        if (json.kind === 'number') return SPECIAL[json.text] ?? rounded(Number(json.text), type)
        return (json.kind === 'string' && json.text !== 'INF' ? SPECIAL[json.text] : undefined) ?? unfit(json, type)
      }
    case 'decimal':
      return (json) => {
        if (json.kind !== 'number' && json.kind !== 'string') return unfit(json, type)
        const unscaled = unscaledOf(json.kind === 'string' ? json.text.replaceAll(',', '') : json.text, type.scale)
        if (unscaled === undefined) return unfit(json, type)
        return abs(unscaled) < 10n ** BigInt(type.precision) ? unscaled : unfit(json, type)
      }
    case 'string':
      // What is no text is written anew, as JSON.
      return (json) => (json.kind === 'string' ? json.text : writeJson(json))
    case 'binary':
      return (json) =>
        json.kind === 'string' && BASE64.test(json.text) ? Buffer.from(json.text, 'base64') : unfit(json, type)
    case 'date':
    case 'timestamp':
    case 'timestamp_ntz':
      return (json) => {
        if (json.kind === 'string' && json.text !== '') return json.text
        if (json.kind === 'number' && json.whole && type.kind === 'timestamp') return `@${json.text}`
        return unfit(json, type)
      }
    case 'array': {
      const item = converter(type.element, options)
      return (json, reading) =>
        json.kind === 'array' ? json.items.map((one) => item(one, reading)) : unfit(json, type)
    }
    case 'map': {
      const item = converter(type.value, options)
      return (json, reading) =>
        json.kind === 'object' ? json.entries.map(([name, one]) => [name, item(one, reading)]) : unfit(json, type)
    }
    case 'struct': {
      const places = new Map(type.fields.map((field, index) => [field.name, index]))
      const fields = type.fields.map((field) => converter(field.type, options))
      return (json, reading) => {
        if (json.kind !== 'object') return unfit(json, type)
        const values: ScriptValue[] = fields.map(() => null)
        for (const [name, one] of json.entries) {
          const place = places.get(name)
          if (place !== undefined) values[place] = field(fields[place]!, one, reading)
        }
        return values
      }
    }
    default:
      throw fault('UNSUPPORTED_FEATURE', `JSON is not read as ${simpleString(type)} here`)
  }
}

/** A field that does not fit is null; the others stay. */
const field = (convert: Convert, json: Json, reading: Reading): ScriptValue => {
  try {
    return convert(json, reading)
  } catch (error) {
    if (!(error instanceof Unfit)) throw error
    reading.bad = true
    return null
  }
}

const abs = (value: bigint): bigint => (value < 0n ? -value : value)

const rounded = (value: number, type: DataType): number => (type.kind === 'float' ? Math.fround(value) : value)

/** The value of a text and whether all of it fitted; undefined: there is no value in the text. */
const readAs = (
  text: string,
  type: DataType,
  convert: Convert,
  options: JsonReadOptions,
): { readonly value: ScriptValue; readonly bad: boolean } | undefined => {
  const json = readJson(text, options.syntax)
  if (json === undefined) return undefined
  const reading: Reading = { bad: json === 'malformed' }
  const wrapped: Json | 'malformed' =
    json !== 'malformed' && json.kind === 'object' && type.kind === 'array' && type.element.kind === 'struct'
      ? { ...json, kind: 'array', items: [json] }
      : json
  const value = wrapped === 'malformed' ? null : field(convert, wrapped, reading)
  return { value, bad: reading.bad }
}

export const JSON_READ: ScriptTable = {
  fromjson: {
    make: (spec) => {
      const options = spec.options as JsonReadOptions
      const { type } = options
      const convert = converter(type, options)
      const corrupt = type.kind === 'struct' ? type.fields.findIndex(({ name }) => name === options.corruptField) : -1
      return (text: string) => {
        const read = readAs(text, type, convert, options)
        if (read === undefined) return null
        if (read.bad && options.failFast)
          throw fault(
            'MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION',
            `Malformed records are detected in record parsing: ${text}. Parse Mode: FAILFAST`,
          )
        if (type.kind !== 'struct' || (!read.bad && read.value === null)) return read.value
        const values = [...((read.value as readonly ScriptValue[] | null) ?? type.fields.map(() => null))]
        if (corrupt >= 0) values[corrupt] = read.bad ? text : null
        return values
      }
    },
  },
}
