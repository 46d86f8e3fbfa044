import type { DataType } from '../../types/data-type.ts'
import { exactDigits, grouped, scaledText } from './decimal-text.ts'
import { fault, type ScriptTable } from './script-function.ts'
import type { ScriptValue } from './script-values.ts'

/** A number as digits at `places`, half even on its exact value, as Java's DecimalFormat. */
const digitsOf = (value: ScriptValue, type: DataType, places: number): string => {
  if (type.kind === 'decimal') return scaledText(value as bigint, type.scale, places, 'even')
  if (type.kind === 'float' || type.kind === 'double') {
    const text = exactDigits(Math.abs(value as number), places)
    return (value as number) < 0 || Object.is(value, -0) ? `-${text}` : text
  }
  return scaledText(BigInt(value as number | bigint), 0, places, 'even')
}

const special = (value: ScriptValue): string | undefined => {
  if (typeof value !== 'number' || Number.isFinite(value)) return undefined
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '∞' : '-∞'
}

interface Pattern {
  readonly prefix: string
  readonly suffix: string
  readonly group: number
  readonly least: number
  readonly leastPart: number
  readonly mostPart: number
  readonly percent: boolean
}

const PATTERN = /^([^#0,.]*)([#,]*[0,]*)(?:\.(0*)(#*))?([^#0,.]*)$/

/** Patterns of digits, commas and a point with text around; others are refused. */
const readPattern = (text: string): Pattern => {
  const [, prefix = '', whole, zeros = '', marks = '', suffix = ''] = PATTERN.exec(text) ?? []
  if (whole === undefined || /[E;'‰¤-]/.test(text))
    throw fault('UNSUPPORTED_FEATURE', `The pattern ${text} of format_number is not computed here`)
  const comma = whole.lastIndexOf(',')
  return {
    prefix,
    suffix,
    group: comma < 0 ? 0 : whole.length - comma - 1,
    least: whole.replaceAll(/[#,]/g, '').length,
    leastPart: zeros.length,
    mostPart: zeros.length + marks.length,
    percent: /%/.test(prefix + suffix),
  }
}

const byPattern = (value: ScriptValue, type: DataType, pattern: Pattern): string => {
  const text = digitsOf(value, type, pattern.mostPart)
  const negative = text.startsWith('-')
  const [given = '', part = ''] = text.replace('-', '').split('.')
  const whole = given.replace(/^0+/, '').padStart(pattern.least, '0')
  const cut = part.replace(/0+$/, '').padEnd(pattern.leastPart, '0')
  const shown = whole === '' && cut === '' ? '0' : whole
  const groups = pattern.group === 0 ? shown : shown.replace(new RegExp(`\\B(?=(\\d{${pattern.group}})+$)`, 'g'), ',')
  return `${negative ? '-' : ''}${pattern.prefix}${groups}${cut === '' ? '' : `.${cut}`}${pattern.suffix}`
}

export const NUMBER_PATTERN: ScriptTable = {
  formatnumber: {
    make: ({ args }) => {
      const type = args[0]!
      let known: { readonly text: string; readonly pattern: Pattern } | undefined
      return (value: ScriptValue, how: number | string) => {
        const odd = special(value)
        if (typeof how === 'number') {
          if (how < 0) return null
          return odd ?? grouped(digitsOf(value, type, how))
        }
        if (how === '') return odd ?? grouped(digitsOf(value, type, 0))
        if (known?.text !== how) known = { text: how, pattern: readPattern(how) }
        if (known.pattern.percent)
          throw fault('UNSUPPORTED_FEATURE', `The pattern ${how} of format_number is not computed here`)
        return odd ?? byPattern(value, type, known.pattern)
      }
    },
  },
}
