import { DOUBLE, decimal, INTEGER, LONG } from '../types/data-type.ts'
import type { ParserContext } from './parser-context.ts'
import type { ExpressionSyntax } from './syntax.ts'
import type { TokenCursor } from './token-cursor.ts'

type IntervalPart = { readonly value: ExpressionSyntax; readonly unit: string }

const UNITS = new Map(
  ['nanosecond', 'microsecond', 'millisecond', 'second', 'minute', 'hour', 'day', 'week', 'month', 'year'].flatMap(
    (unit) => [
      [unit.toUpperCase(), unit],
      [`${unit.toUpperCase()}S`, unit],
    ],
  ),
)
const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)$/
const TEXT_PART = /\s*([+-]?(?:\d+(?:\.\d*)?|\.\d+))\s*([A-Za-z]+)\s*/y

/** From one unit to a smaller one: the pattern of the text, and the units of its groups. */
const RANGES = new Map<string, { readonly pattern: RegExp; readonly units: readonly string[] }>([
  ['year to month', { pattern: /^(\d+)-(\d+)$/, units: ['year', 'month'] }],
  ['day to hour', { pattern: /^(\d+)\s+(\d+)$/, units: ['day', 'hour'] }],
  ['day to minute', { pattern: /^(\d+)\s+(\d+):(\d+)$/, units: ['day', 'hour', 'minute'] }],
  ['day to second', { pattern: /^(\d+)\s+(\d+):(\d+):(\d+(?:\.\d*)?)$/, units: ['day', 'hour', 'minute', 'second'] }],
  ['hour to minute', { pattern: /^(\d+):(\d+)$/, units: ['hour', 'minute'] }],
  ['hour to second', { pattern: /^(\d+):(\d+):(\d+(?:\.\d*)?)$/, units: ['hour', 'minute', 'second'] }],
  ['minute to second', { pattern: /^(\d+):(\d+(?:\.\d*)?)$/, units: ['minute', 'second'] }],
])

/** What a smaller unit of a range may be at most; the first may be anything. */
const MOST: Readonly<Record<string, number>> = { month: 11, hour: 23, minute: 59, second: 59 }

/** Whether INTERVAL, which comes next, begins a literal and is not a column's name. */
export const startsInterval = (cursor: TokenCursor): boolean => {
  if (!cursor.isWord('INTERVAL')) return false
  const signed = cursor.isSymbol('-', 1) || cursor.isSymbol('+', 1) ? 2 : 1
  const { kind } = cursor.peek(signed)
  if (kind === 'string') return true
  return kind === 'number' && (signed === 1 || unitAt(cursor, signed + 1) !== undefined)
}

const unitAt = (cursor: TokenCursor, ahead = 0): string | undefined => {
  const token = cursor.peek(ahead)
  return token.kind === 'word' ? UNITS.get(token.value) : undefined
}

/** A number of an interval; seconds may have a fraction. */
const numberLiteral = (cursor: TokenCursor, text: string, unit: string): ExpressionSyntax => {
  if (!NUMBER.test(text) || (text.includes('.') && unit !== 'second')) {
    throw cursor.error(
      'INVALID_INTERVAL_FORMAT',
      `'${text}' is no number of ${unit}s; only seconds may have a fraction.`,
    )
  }
  const [whole = '', fraction = ''] = text.replace(/^\+/, '').split('.')
  if (fraction === '') {
    const value = BigInt(whole === '' || whole === '-' ? `${whole}0` : whole)
    return value === BigInt.asIntN(32, value)
      ? { kind: 'literal', value: Number(value), type: INTEGER }
      : { kind: 'literal', value, type: LONG }
  }
  const digits = `${whole}${fraction}`.replace(/^(-?)0+(?=\d)/, '$1')
  const precision = Math.max(digits.replace('-', '').length, fraction.length)
  if (precision > 38) return { kind: 'literal', value: Number(text), type: DOUBLE }
  return { kind: 'literal', value: BigInt(digits), type: decimal(precision, fraction.length) }
}

const rangeParts = (cursor: TokenCursor, text: string, range: string): readonly IntervalPart[] => {
  const known = RANGES.get(range)
  const trimmed = text.trim()
  const negative = trimmed.startsWith('-')
  const groups = known?.pattern.exec(trimmed.replace(/^[+-]/, '').trim())
  if (known === undefined || groups === undefined || groups === null) {
    const why =
      known === undefined ? 'there is no such range of units' : `it is not of the form ${known.units.join(', ')}`
    throw cursor.error('INVALID_INTERVAL_FORMAT', `'${text}' is no INTERVAL ${range.toUpperCase()}: ${why}.`)
  }
  return known.units.map((unit, i) => {
    const digits = groups[i + 1] ?? '0'
    const most = MOST[unit]
    if (i > 0 && most !== undefined && Math.floor(Number(digits)) > most) {
      throw cursor.error('INVALID_INTERVAL_FORMAT', `In '${text}' the ${unit} must be at most ${most}.`)
    }
    return { value: numberLiteral(cursor, `${negative ? '-' : ''}${digits}`, unit), unit }
  })
}

/** INTERVAL '1 day 2 hours' */
const textParts = (cursor: TokenCursor, text: string): readonly IntervalPart[] => {
  const parts: IntervalPart[] = []
  const body = text.trim().replace(/^interval\s+/i, '')
  let at = 0
  while (at < body.length) {
    TEXT_PART.lastIndex = at
    const match = TEXT_PART.exec(body)
    const unit = UNITS.get(match?.[2]?.toUpperCase() ?? '')
    if (match === null || unit === undefined) break
    parts.push({ value: numberLiteral(cursor, match[1] ?? '', unit), unit })
    at = TEXT_PART.lastIndex
  }
  if (at < body.length || parts.length === 0) {
    throw cursor.error(
      'INVALID_INTERVAL_FORMAT',
      `'${text}' is no interval; write for instance INTERVAL '1 day 2 hours'.`,
    )
  }
  return parts
}

/** A number and its unit: in INTERVAL 1 day -2 hours the sign belongs to the number, not between two values. */
const startsPart = (cursor: TokenCursor): boolean => {
  const signed = cursor.isSymbol('-') || cursor.isSymbol('+') ? 1 : 0
  const { kind } = cursor.peek(signed)
  return (kind === 'number' || kind === 'string') && unitAt(cursor, signed + 1) !== undefined
}

/** INTERVAL 3 days, INTERVAL '1' DAY '2' HOUR, INTERVAL '1-2' YEAR TO MONTH, INTERVAL '1 day'. */
export const intervalLiteral = ({ cursor }: ParserContext): ExpressionSyntax => {
  const from = cursor.position
  cursor.expectWord('INTERVAL')
  const parts: IntervalPart[] = []
  do {
    const sign = cursor.takeSymbol('-') ? '-' : ''
    if (sign === '') cursor.takeSymbol('+')
    const token = cursor.peek()
    if (token.kind !== 'number' && token.kind !== 'string') throw cursor.unexpected('a number or a string')
    const unit = unitAt(cursor, 1)
    if (unit === undefined) {
      if (token.kind === 'number' || sign !== '' || parts.length > 0) {
        cursor.next()
        throw cursor.unexpected('a unit such as DAY')
      }
      parts.push(...textParts(cursor, token.value))
      cursor.next()
      break
    }
    if (cursor.isWord('TO', 2)) {
      const end = unitAt(cursor, 3)
      if (parts.length > 0 || end === undefined) throw cursor.unexpected('one range of units, such as DAY TO SECOND')
      const flipped =
        sign === '-' && token.value.trim().startsWith('-') ? token.value.trim().slice(1) : sign + token.value
      parts.push(...rangeParts(cursor, flipped, `${unit} to ${end}`))
      for (let i = 0; i < 4; i++) cursor.next()
      break
    }
    const text = token.value.trim()
    const flipped = sign === '-' && text.startsWith('-') ? text.slice(1) : sign + text
    parts.push({ value: numberLiteral(cursor, flipped, unit), unit })
    cursor.next()
    cursor.next()
  } while (startsPart(cursor))
  return { kind: 'interval', parts, at: cursor.spanFrom(from) }
}
