import type { DataType } from '../../types/data-type.ts'
import { javaDouble, javaFloat, plainDecimal } from './java-number.ts'
import { quotedJson } from './json-text.ts'
import type { ScriptTable } from './script-function.ts'
import type { ScriptValue } from './script-values.ts'

/** How to_json writes. Dates and timestamps come as texts. */
export interface JsonWriteOptions {
  readonly ignoreNulls: boolean
  readonly pretty: boolean
}

type Write = (value: ScriptValue, indent: string) => string

const fraction = (value: number, text: (value: number) => string): string =>
  Number.isFinite(value) ? text(value) : `"${text(value)}"`

const writer = (type: DataType, options: JsonWriteOptions): Write => {
  const write = writeOf(type, options)
  return (value, indent) => (value === null ? 'null' : write(value, indent))
}

const STEP = '  '

const writeOf = (type: DataType, options: JsonWriteOptions): Write => {
  const { pretty } = options
  const enclosed = (open: string, parts: readonly string[], close: string, indent: string): string => {
    if (!pretty) return `${open}${parts.join(',')}${close}`
    if (parts.length === 0) return `${open} ${close}`
    return open === '['
      ? `[ ${parts.join(', ')} ]`
      : `{\n${parts.map((part) => `${indent}${STEP}${part}`).join(',\n')}\n${indent}}`
  }
  const colon = pretty ? ' : ' : ':'
  switch (type.kind) {
    case 'float':
      return (value) => fraction(value as number, javaFloat)
    case 'double':
      return (value) => fraction(value as number, javaDouble)
    case 'decimal':
      return (value) => plainDecimal(value as bigint, type.scale)
    case 'string':
      return (value) => quotedJson(value as string)
    case 'binary':
      return (value) => `"${Buffer.from(value as Uint8Array).toString('base64')}"`
    case 'array': {
      const item = writer(type.element, options)
      return (value, indent) =>
        enclosed(
          '[',
          (value as readonly ScriptValue[]).map((one) => item(one, indent)),
          ']',
          indent,
        )
    }
    case 'map': {
      const key = keyText(type.key)
      const item = writer(type.value, options)
      return (value, indent) => {
        const entries = value as readonly (readonly [ScriptValue, ScriptValue])[]
        const parts = entries.map(([name, one]) => `${quotedJson(key(name))}${colon}${item(one, indent + STEP)}`)
        return enclosed('{', parts, '}', indent)
      }
    }
    case 'struct': {
      const fields = type.fields.map((field) => [quotedJson(field.name), writer(field.type, options)] as const)
      return (value, indent) => {
        const values = value as readonly ScriptValue[]
        const parts = fields.flatMap(([name, write], index) =>
          options.ignoreNulls && values[index] === null
            ? []
            : [`${name}${colon}${write(values[index]!, indent + STEP)}`],
        )
        return enclosed('{', parts, '}', indent)
      }
    }
    default:
      return String
  }
}

const keyText = (type: DataType): ((key: ScriptValue) => string) => {
  switch (type.kind) {
    case 'float':
      return (key) => javaFloat(key as number)
    case 'double':
      return (key) => javaDouble(key as number)
    case 'decimal':
      return (key) => plainDecimal(key as bigint, type.scale)
    case 'array':
    case 'struct': {
      const items = type.kind === 'array' ? [] : type.fields.map((field) => keyText(field.type))
      const one = type.kind === 'array' ? keyText(type.element) : undefined
      return (key) =>
        `[${(key as readonly ScriptValue[]).map((item, index) => (item === null ? 'null' : (one ?? items[index]!)(item))).join(',')}]`
    }
    default:
      return String
  }
}

export const JSON_WRITE: ScriptTable = {
  tojson: {
    make: (spec) => {
      const write = writer(spec.args[0]!, spec.options as JsonWriteOptions)
      return (value: ScriptValue) => write(value, '')
    },
  },
}
