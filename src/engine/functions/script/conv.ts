import { fault, type ScriptTable } from './script-function.ts'

const MOST = 2n ** 64n - 1n

const digitOf = (character: string): number => {
  const digit = Number.parseInt(character, 36)
  return Number.isNaN(digit) || !/^[0-9a-zA-Z]$/.test(character) ? 36 : digit
}

/** Source: Spark's NumberConverter: 64 bits without a sign, unless the new base is negative. */
const convert = (text: string, from: number, to: number, ansi: boolean): string | null => {
  if (from < 2 || from > 36 || Math.abs(to) < 2 || Math.abs(to) > 36) return null
  const given = text.replace(/^ +| +$/g, '')
  if (given === '') return null
  const negative = given.startsWith('-')
  let value = 0n
  for (const character of negative ? given.slice(1) : given) {
    const digit = digitOf(character)
    if (digit >= from) break
    value = value * BigInt(from) + BigInt(digit)
    if (value > MOST) {
      if (ansi) throw fault('ARITHMETIC_OVERFLOW', `Overflow in function conv(): ${text} has more than 64 bits`)
      value = MOST
      break
    }
  }
  if (negative && to > 0) {
    const minus = -value
    value = BigInt.asIntN(64, value) < 0n ? MOST : BigInt.asUintN(64, minus)
  }
  let sign = ''
  if (to < 0) {
    const signed = BigInt.asIntN(64, value)
    value = signed < 0n ? -signed : signed
    if (negative || signed < 0n) sign = '-'
  }
  return `${sign}${value.toString(Math.abs(to)).toUpperCase()}`
}

export const CONV: ScriptTable = {
  conv: {
    make:
      ({ ansi }) =>
      (text: string, from: number, to: number) =>
        convert(text, from, to, ansi),
  },
}
