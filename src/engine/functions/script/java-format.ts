import type { DataType } from '../../types/data-type.ts'
import { fixedDigits, grouped, roundedDigits } from './decimal-text.ts'
import { javaDouble, javaFloat } from './java-number.ts'
import { javaText } from './java-text.ts'
import { fault, type ScriptTable } from './script-function.ts'
import type { ScriptValue } from './script-values.ts'

const ITEM = /%(?:(\d+)\$)?([-#+ 0,(<]*)(\d+)?(?:\.(\d+))?([a-zA-Z%])|%/g

interface Item {
  readonly flags: string
  readonly width: number
  readonly precision: number | undefined
  readonly letter: string
}

const illegal = (what: string): Error => fault('INVALID_PARAMETER_VALUE', `The format string is wrong: ${what}`)

const BITS: Readonly<Record<string, number>> = { byte: 8, short: 16, integer: 32, long: 64 }

const isWhole = (type: DataType): boolean => type.kind in BITS || type.kind === 'date' || type.kind === 'timestamp'

const padded = (text: string, { flags, width }: Item): string =>
  flags.includes('-') ? text.padEnd(width) : text.padStart(width)

/** Digits with what the flags add. */
const signed = (digits: string, negative: boolean, item: Item): string => {
  const { flags, width } = item
  const before = negative
    ? flags.includes('(')
      ? '('
      : '-'
    : flags.includes('+')
      ? '+'
      : flags.includes(' ')
        ? ' '
        : ''
  const after = before === '(' ? ')' : ''
  const room = width - before.length - after.length
  return padded(`${before}${flags.includes('0') ? digits.padStart(room, '0') : digits}${after}`, item)
}

const whole = (value: ScriptValue, type: DataType, item: Item): string => {
  if (!isWhole(type)) throw illegal(`%${item.letter} takes a whole number, no ${type.kind}`)
  const number = BigInt(value as number | bigint)
  if (item.precision !== undefined) throw illegal('a whole number has no precision')
  if (item.letter === 'd') {
    const digits = (number < 0n ? -number : number).toString()
    return signed(item.flags.includes(',') ? grouped(digits) : digits, number < 0n, item)
  }
  const base = item.letter === 'o' ? 8 : 16
  // Java writes the bits of an int or a long; Spark's smaller ones are of their own width.
  const unsigned = BigInt.asUintN(BITS[type.kind] ?? 64, number)
  const prefix = item.flags.includes('#') ? (base === 8 ? '0' : '0x') : ''
  const digits = unsigned.toString(base)
  const text = item.flags.includes('0')
    ? `${prefix}${digits.padStart(item.width - prefix.length, '0')}`
    : prefix + digits
  return padded(text, item)
}

const scientific = (value: number, precision: number): string => {
  const [mantissa, exponent] = value.toExponential(Math.min(precision, 100)).split('e')
  const power = Number(exponent)
  return `${mantissa}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`
}

const general = (value: number, precision: number, comma: boolean): string => {
  const digits = precision === 0 ? 1 : precision
  const rounded = Number(value.toPrecision(digits))
  if (rounded !== 0 && (rounded < 1e-4 || rounded >= 10 ** digits)) return scientific(value, digits - 1)
  const places = Math.max(0, digits - (rounded === 0 ? 1 : Math.floor(Math.log10(rounded)) + 1))
  const text = roundedDigits(value, places)
  return comma ? grouped(text) : text
}

const fraction = (value: ScriptValue, type: DataType, item: Item): string => {
  if (type.kind !== 'float' && type.kind !== 'double') throw illegal(`%${item.letter} takes a DOUBLE, no ${type.kind}`)
  const number = type.kind === 'float' ? Number(javaFloat(value as number)) : (value as number)
  const negative = number < 0 || Object.is(number, -0)
  const size = Math.abs(number)
  if (!Number.isFinite(size)) {
    const flags = item.flags.replace('0', '')
    return Number.isNaN(size) ? padded('NaN', item) : signed('Infinity', negative, { ...item, flags })
  }
  const precision = item.precision ?? 6
  const comma = item.flags.includes(',')
  switch (item.letter) {
    case 'e':
      return signed(scientific(size, precision), negative, item)
    case 'g':
      return signed(general(size, precision, comma), negative, item)
    default: {
      const text = fixedDigits(javaDouble(size), precision)
      return signed(comma ? grouped(text) : text, negative, item)
    }
  }
}

const character = (value: ScriptValue, type: DataType, item: Item): string => {
  if (type.kind !== 'integer' && type.kind !== 'byte' && type.kind !== 'short')
    throw illegal(`%c takes a code, no ${type.kind}`)
  return padded(String.fromCodePoint(value as number), item)
}

const one = (value: ScriptValue, type: DataType, item: Item): string => {
  const cut = (text: string) => padded(item.precision === undefined ? text : text.slice(0, item.precision), item)
  if (/[-0]/.test(item.flags) && item.width === 0) throw illegal('a flag needs a width')
  if (/-.*0|0.*-/.test(item.flags) || /\+.* | .*\+/.test(item.flags)) throw illegal('flags that contradict each other')
  if (item.letter === 's' || item.letter === 'b') {
    if (/[0+ ,(#]/.test(item.flags)) throw illegal(`a flag that %${item.letter} has not`)
    if (item.letter === 'b') return cut(String(value !== null && value !== false))
    return cut(value === null ? 'null' : javaText(value, type))
  }
  if (value === null) return cut('null')
  switch (item.letter) {
    case 'd':
    case 'o':
    case 'x':
      return whole(value, type, item)
    case 'c':
      return character(value, type, item)
    default:
      return fraction(value, type, item)
  }
}

const KNOWN = /^[sbdoxcefg]$/
const UPPER = /^[SBXCEG]$/

/** java.util.Formatter for the types of Spark, in the English of the United States. */
const format = (pattern: string, values: readonly ScriptValue[], types: readonly DataType[]): string => {
  let next = 0
  let last: number | undefined
  return pattern.replace(ITEM, (all, index, flags = '', width, precision, letter) => {
    if (letter === undefined) throw illegal(`${all} is no place for a value`)
    const item: Item = {
      flags,
      width: Number(width ?? 0),
      precision: precision === undefined ? undefined : Number(precision),
      letter: letter.toLowerCase(),
    }
    if (letter === 'n') return '\n'
    if (letter === '%') return padded('%', item)
    if (!KNOWN.test(letter) && !UPPER.test(letter)) {
      if (/^[ahAH]$/.test(letter) || /^[tT]$/.test(letter))
        throw fault('UNSUPPORTED_FEATURE', `%${letter} of format_string is not computed here`)
      throw illegal(`%${letter} is unknown`)
    }
    const place: number | undefined = flags.includes('<') ? last : index === undefined ? next++ : Number(index) - 1
    if (place === undefined || place < 0 || place >= values.length) throw illegal(`there is no value for ${all}`)
    last = place
    const text = one(values[place]!, types[place]!, item)
    return letter === item.letter ? text : text.toUpperCase()
  })
}

export const JAVA_FORMAT: ScriptTable = {
  formatstring: {
    takesNulls: true,
    make:
      ({ args }) =>
      (pattern: string | null, ...values: readonly ScriptValue[]) =>
        pattern === null ? null : format(pattern, values, args.slice(1)),
  },
}
