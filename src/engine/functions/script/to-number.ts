import { plainDecimal, unscaledOf } from './java-number.ts'
import type { NumberFormat } from './number-format.ts'
import { fault, type ScriptTable } from './script-function.ts'

const mismatch = (text: string, format: string): Error =>
  fault('INVALID_FORMAT.MISMATCH_INPUT', `The text ${text} does not fit the number format ${format}`)

/** The unscaled value of a text; undefined: it does not fit. Source: Spark's ToNumberParser. */
const parse = (given: string, { groups, scale, sign, currency, brackets }: NumberFormat): bigint | undefined => {
  let text = given.replace(/^ +| +$/g, '')
  let negative = false
  if (brackets && /^<.*>$/.test(text)) {
    negative = true
    text = text.slice(1, -1)
  }
  const take = (end: boolean): void => {
    const found = end ? /[+-]$/.exec(text) : /^[+-]/.exec(text)
    if (!found || (found[0] === '+' && sign?.letter === 'MI')) return
    if (found[0] === '-') negative = true
    text = end ? text.slice(0, -1) : text.slice(1)
  }
  if (sign && !sign.end) take(false)
  if (currency) {
    if (!text.startsWith('$')) return undefined
    text = text.slice(1)
  }
  if (sign?.end) take(true)
  const [, whole, part = ''] = /^([0-9,]*)(?:\.([0-9]*))?$/.exec(text) ?? []
  if (whole === undefined || whole.replaceAll(',', '') + part === '') return undefined
  if (text.includes('.') && !groups.point) return undefined
  const given_ = whole.split(',')
  const sizes = groups.sizes
  if (given_.length > sizes.length) return undefined
  // The last groups are counted from the point.
  const wanted = sizes.slice(sizes.length - given_.length)
  for (const [index, digits] of given_.entries()) {
    const fits = index === 0 ? digits.length <= wanted[0]! : digits.length === wanted[index]
    if (!fits) return undefined
  }
  if (sizes.length > given_.length && given_[0]!.length > wanted[0]!) return undefined
  if (groups.zero && given_.join('').length !== sizes.reduce((sum, size) => sum + size, 0)) return undefined
  if (part.length > scale) return undefined
  const value = unscaledOf(`${given_.join('') || '0'}.${part}`, scale)
  return value === undefined ? undefined : negative ? -value : value
}

/** Digits in the form of a format; hashes where there are too many. Source: Spark's ToNumberParser.format. */
const write = (unscaled: bigint, scale: number, format: NumberFormat): string => {
  const negative = unscaled < 0n
  const [whole = '', part = ''] = plainDecimal(negative ? -unscaled : unscaled, scale).split('.')
  const digits = whole.replace(/^0+/, '')
  const room = format.groups.sizes.reduce((sum, size) => sum + size, 0)
  const fraction = part.padEnd(format.scale, '0')
  const full = digits.length > room || part.replace(/0+$/, '').length > format.scale
  const shape = format.shape
  let at = 0
  const padded = digits.padStart(room, '\u0000')
  let started = false
  const out: string[] = []
  let place = 0
  for (const item of shape) {
    switch (item) {
      case '0':
      case '9': {
        if (place < room) {
          const digit = padded[place++]!
          if (full) out.push('#')
          else if (digit !== '\u0000') {
            started = true
            out.push(digit)
          } else out.push(item === '0' || started ? '0' : ' ')
          if (item === '0') started = true
        } else out.push(full ? '#' : fraction[at++]!)
        break
      }
      case 'G':
        out.push(started || full ? ',' : ' ')
        break
      case 'D':
        out.push('.')
        break
      case '$':
        out.push('$')
        break
      case 'S':
        out.push(negative ? '-' : '+')
        break
      case 'M':
        out.push(negative ? '-' : ' ')
        break
      default:
        break
    }
  }
  let text = out.join('')
  if (format.brackets) text = negative ? `<${text.trim()}>` : `${text} `
  return text
}

export const TO_NUMBER: ScriptTable = {
  tonumber: {
    make: ({ options }) => {
      const { format, tries, text: shown } = options as { format: NumberFormat; tries: boolean; text: string }
      return (text: string) => {
        const value = parse(text, format)
        if (value === undefined && !tries) throw mismatch(text, shown)
        return value ?? null
      }
    },
  },
  tochar: {
    make: ({ options, args }) => {
      const format = options as NumberFormat
      const type = args[0]!
      const scale = type.kind === 'decimal' ? type.scale : 0
      return (value: bigint) => write(value, scale, format)
    },
  },
}
