import {
  BINARY,
  BYTE,
  DATE,
  type DataType,
  DOUBLE,
  decimal,
  FLOAT,
  INTEGER,
  LONG,
  SHORT,
  STRING,
  TIMESTAMP,
  TIMESTAMP_NTZ,
} from '../types/data-type.ts'
import { parseDateText, parseTimestampText } from './datetime-literal.ts'
import type { ParserContext } from './parser-context.ts'
import { type Span, SqlError } from './sql-error.ts'
import type { ExpressionSyntax } from './syntax.ts'

type Literal = Extract<ExpressionSyntax, { kind: 'literal' }>

const INTEGRAL: Readonly<Record<string, { readonly type: DataType; readonly bits: number; readonly name: string }>> = {
  Y: { type: BYTE, bits: 8, name: 'TINYINT' },
  S: { type: SHORT, bits: 16, name: 'SMALLINT' },
  L: { type: LONG, bits: 64, name: 'BIGINT' },
}

const MAX_PRECISION = 38

const outOfRange = (text: string, name: string, at: Span): SqlError =>
  new SqlError('INVALID_NUMERIC_LITERAL_RANGE', `The number ${text} does not fit into ${name}.`, at)

/** A decimal by its digits: 0.05 is DECIMAL(2, 2), 1e3BD is DECIMAL(4, 0). */
const decimalLiteral = (text: string, at: Span): Literal => {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?$/.exec(text) ?? []
  const power = Number(exponent)
  if (Math.abs(power) > 2 * MAX_PRECISION) throw outOfRange(text, `DECIMAL(${MAX_PRECISION})`, at)
  let digits = `${whole}${fraction}`.replace(/^0+(?=\d)/, '')
  let scale = fraction.length - power
  if (scale < 0) {
    digits = digits === '0' ? digits : digits + '0'.repeat(-scale)
    scale = 0
  }
  const precision = Math.max(digits.length, scale)
  if (precision > MAX_PRECISION) {
    throw new SqlError(
      'DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION',
      `The number ${text} has ${precision} digits; a DECIMAL has at most ${MAX_PRECISION}.`,
      at,
    )
  }
  return { kind: 'literal', value: BigInt(`${sign}${digits}`), type: decimal(precision, scale), at }
}

/** A number with its sign and suffix: 1, -5L, 2Y, 1.5, 1.5D, 1e3, 1.5BD. Source: the Spark SQL reference, "Literals". */
export const numberLiteral = (text: string, at: Span): Literal => {
  const [, body = '', suffix = ''] = /^(.*?)(BD|[LSYFD])?$/i.exec(text) ?? []
  const integral = INTEGRAL[suffix.toUpperCase()]
  if (integral !== undefined) {
    if (!/^-?\d+$/.test(body)) throw outOfRange(text, integral.name, at)
    const value = BigInt(body)
    if (value !== BigInt.asIntN(integral.bits, value)) throw outOfRange(text, integral.name, at)
    return { kind: 'literal', value: integral.bits === 64 ? value : Number(value), type: integral.type, at }
  }
  if (/^bd$/i.test(suffix)) return decimalLiteral(body, at)
  if (suffix !== '' || /[eE]/.test(body)) {
    const float = suffix.toUpperCase() === 'F'
    const value = float ? Math.fround(Number(body)) : Number(body)
    if (!Number.isFinite(value)) throw outOfRange(text, float ? 'FLOAT' : 'DOUBLE', at)
    return { kind: 'literal', value, type: float ? FLOAT : DOUBLE, at }
  }
  if (body.includes('.')) return decimalLiteral(body, at)
  const value = BigInt(body)
  if (value === BigInt.asIntN(32, value)) return { kind: 'literal', value: Number(value), type: INTEGER, at }
  if (value === BigInt.asIntN(64, value)) return { kind: 'literal', value, type: LONG, at }
  return decimalLiteral(body, at)
}

/** X'1A': hex digits in pairs, a missing first one is 0. */
const binaryLiteral = (text: string, at: Span): Literal => {
  if (!/^[0-9a-fA-F]*$/.test(text)) {
    throw new SqlError('INVALID_TYPED_LITERAL', `X'${text}' is no BINARY: it may hold the digits 0-9 and A-F.`, at)
  }
  const digits = text.length % 2 === 1 ? `0${text}` : text
  return { kind: 'literal', value: Uint8Array.from(Buffer.from(digits, 'hex')), type: BINARY, at }
}

/** DATE '…' and its kin: the next token is the type's name, a string follows. */
export const typedLiteral = ({ cursor, options }: ParserContext): Literal => {
  const from = cursor.position
  const name = cursor.next()
  const text = cursor.next().value
  const at = cursor.spanFrom(from)
  try {
    switch (name.value) {
      case 'DATE':
        return { kind: 'literal', value: parseDateText(text), type: DATE, at }
      case 'TIMESTAMP':
      case 'TIMESTAMP_LTZ':
        return { kind: 'literal', value: parseTimestampText(text, options.timeZone), type: TIMESTAMP, at }
      case 'TIMESTAMP_NTZ':
        return { kind: 'literal', value: parseTimestampText(text, undefined), type: TIMESTAMP_NTZ, at }
      case 'X':
        return binaryLiteral(text, at)
      default:
        throw new SqlError(
          'UNSUPPORTED_TYPED_LITERAL',
          `There are no literals of the type ${name.text}; there are DATE, TIMESTAMP, TIMESTAMP_NTZ, INTERVAL and X.`,
        )
    }
  } catch (error) {
    if (!(error instanceof SqlError) || error.at !== undefined) throw error
    throw new SqlError(error.condition, error.message, at, { cause: error.cause })
  }
}

/** Strings that follow each other are one. */
export const stringLiteral = ({ cursor }: ParserContext): Literal => {
  const from = cursor.position
  const value = cursor.expectString()
  return { kind: 'literal', value, type: STRING, at: cursor.spanFrom(from) }
}

/** `:name` or `?`, replaced by its value. */
export const parameter = (context: ParserContext): ExpressionSyntax => {
  const { cursor, options } = context
  const from = cursor.position
  const positional = cursor.next().value === '?'
  const name = positional ? undefined : cursor.expectName('the name of a parameter')
  const named = Array.isArray(options.parameters)
    ? undefined
    : (options.parameters as Readonly<Record<string, ExpressionSyntax>> | undefined)
  const value =
    name === undefined
      ? context.nextPositional()
      : named !== undefined && Object.hasOwn(named, name)
        ? named[name]
        : undefined
  const at = cursor.spanFrom(from)
  if (value === undefined) {
    const label = name === undefined ? 'a parameter ?' : `the parameter :${name}`
    throw new SqlError('UNBOUND_SQL_PARAMETER', `There is no value for ${label}; give one beside the text.`, at)
  }
  return { ...value, at }
}
