import type { DataType } from '../../types/data-type.ts'
import { unscaledOf } from './java-number.ts'
import { javaText } from './java-text.ts'
import { fault, type ScriptTable } from './script-function.ts'
import type { ScriptValue } from './script-values.ts'

/** How rows of CSV are written and read. Plain JSON. */
export interface CsvOptions {
  readonly separator: string
  readonly quote: string
  readonly escape: string
  readonly nullValue: string
  readonly trimStart: boolean
  readonly trimEnd: boolean
  readonly quoteAll: boolean
  readonly comment: string
}

export interface CsvReadOptions extends CsvOptions {
  readonly type: DataType
  readonly failFast: boolean
  readonly corruptField: string
}

/** The fields of one line; null for one that is empty. Source: univocity's CsvParser as Spark sets it. */
export const readCsv = (line: string, options: CsvOptions): readonly (string | null)[] => {
  const { separator, quote, escape: escaping } = options
  const fields: (string | null)[] = []
  let at = 0
  const space = () => {
    while (options.trimStart && line[at] === ' ') at++
  }
  for (;;) {
    space()
    let text = ''
    let quoted = false
    if (quote !== '' && line[at] === quote) {
      quoted = true
      at++
      for (;;) {
        const character = line[at]
        if (character === undefined) break
        if (character === escaping && (line[at + 1] === quote || line[at + 1] === escaping)) {
          text += line[at + 1]
          at += 2
        } else if (character === quote) {
          if (line.startsWith(separator, at + 1) || at + 1 >= line.length) {
            at++
            break
          }
          text += character
          at++
        } else {
          text += character
          at++
        }
      }
    } else {
      const end = line.indexOf(separator, at)
      text = line.slice(at, end < 0 ? line.length : end)
      at = end < 0 ? line.length : end
      if (options.trimEnd) text = text.replace(/ +$/, '')
    }
    fields.push(quoted ? text : text === options.nullValue || text === '' ? null : text)
    if (!line.startsWith(separator, at)) return fields
    at += separator.length
  }
}

class Unfit extends Error {}

const RANGES: Readonly<Record<string, number>> = { byte: 8, short: 16, integer: 32, long: 64 }

const whole = (text: string, type: DataType): ScriptValue => {
  if (!/^[+-]?\d+$/.test(text)) throw new Unfit()
  const value = BigInt(text.replace(/^\+/, ''))
  if (BigInt.asIntN(RANGES[type.kind]!, value) !== value) throw new Unfit()
  return type.kind === 'long' ? value : Number(value)
}

const JAVA_DOUBLE = /^[+-]?(?:NaN|Infinity|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[fFdD]?)$/
const SPECIAL: Readonly<Record<string, number>> = {
  NaN: Number.NaN,
  Inf: Number.POSITIVE_INFINITY,
  '-Inf': Number.NEGATIVE_INFINITY,
}

/** Source: Spark's UnivocityParser.makeConverter. */
const convert = (text: string, type: DataType): ScriptValue => {
  switch (type.kind) {
    case 'byte':
    case 'short':
    case 'integer':
    case 'long':
      return whole(text, type)
    case 'float':
    case 'double': {
      const plain = text.trim()
      const value = SPECIAL[text] ?? (JAVA_DOUBLE.test(plain) ? Number(plain.replace(/[fFdD]$/, '')) : undefined)
      if (value === undefined) throw new Unfit()
      return type.kind === 'float' ? Math.fround(value) : value
    }
    case 'boolean':
      if (/^true$/i.test(text)) return true
      if (/^false$/i.test(text)) return false
      throw new Unfit()
    case 'decimal': {
      const value = unscaledOf(text.replaceAll(',', ''), type.scale)
      if (value === undefined || (value < 0n ? -value : value) >= 10n ** BigInt(type.precision)) throw new Unfit()
      return value
    }
    case 'binary':
      return new TextEncoder().encode(text)
    default:
      return text
  }
}

const quotedField = (text: string, options: CsvOptions): string => {
  const { separator, quote, escape: escaping } = options
  // biome-ignore lint/suspicious/noControlCharactersInRegex: Java's trim takes them for spaces
  const front = options.trimStart ? text.replace(/^[\u0000- ]+/, '') : text
  // biome-ignore lint/suspicious/noControlCharactersInRegex: as above
  const trimmed = options.trimEnd ? front.replace(/[\u0000- ]+$/, '') : front
  if (text === '') return `${quote}${quote}`
  const needs = options.quoteAll || text.includes(separator) || text.includes(quote) || /[\r\n]/.test(text)
  if (!needs) return trimmed
  return `${quote}${trimmed.replaceAll(quote, `${escaping}${quote}`)}${quote}`
}

export const CSV_TEXT: ScriptTable = {
  fromcsv: {
    make: (spec) => {
      const options = spec.options as CsvReadOptions
      const fields = options.type.kind === 'struct' ? options.type.fields : []
      const corrupt = fields.findIndex(({ name }) => name === options.corruptField)
      const data = fields.filter((_, index) => index !== corrupt)
      return (text: string) => {
        const tokens = readCsv(text, options)
        let bad = tokens.length !== data.length
        let next = 0
        const values = fields.map((field, index): ScriptValue => {
          if (index === corrupt) return null
          const token = tokens[next++] ?? null
          if (token === null) return null
          try {
            return convert(token, field.type)
          } catch (error) {
            if (!(error instanceof Unfit)) throw error
            bad = true
            return null
          }
        })
        if (bad && options.failFast)
          throw fault(
            'MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION',
            `Malformed records are detected in record parsing: ${text}. Parse Mode: FAILFAST`,
          )
        if (corrupt >= 0 && bad) values[corrupt] = text
        return values
      }
    },
  },
  tocsv: {
    make: (spec) => {
      const options = spec.options as CsvOptions
      const type = spec.args[0]!
      const fields = type.kind === 'struct' ? type.fields : []
      return (values: readonly ScriptValue[]) =>
        fields
          .map((field, index) => {
            const value = values[index]!
            return value === null ? options.nullValue : quotedField(javaText(value, field.type), options)
          })
          .join(options.separator)
    },
  },
}
