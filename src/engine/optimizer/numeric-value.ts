import type { Expression } from '../plan/expression.ts'

/** The number that statistics know a constant by: days for dates, microseconds for timestamps. Good for estimates only. */
export const numericValue = (expression: Expression): number | undefined => {
  if (expression.kind === 'literal') {
    const { value, type } = expression
    if (typeof value === 'string') return type.kind === 'string' ? undefined : Number(value)
    if (typeof value !== 'number' && typeof value !== 'bigint') return undefined
    return type.kind === 'decimal' ? Number(value) / 10 ** type.scale : Number(value)
  }
  if (expression.kind === 'cast') {
    const { child, type } = expression
    if (child.kind === 'literal' && typeof child.value === 'string') {
      const at =
        type.kind === 'date' || type.kind.startsWith('timestamp') ? Date.parse(child.value) : Number(child.value)
      if (Number.isNaN(at)) return undefined
      return type.kind === 'date' ? at / 86_400_000 : type.kind.startsWith('timestamp') ? at * 1000 : at
    }
    return numericValue(child)
  }
  if (expression.kind === 'call') {
    const [one, other] = expression.args
    const [a, b] = [one && numericValue(one), other && numericValue(other)]
    if (a === undefined) return undefined
    switch (expression.name) {
      case '+':
      case 'date_add':
        return b === undefined ? a : a + inDays(one, other, b)
      case '-':
      case 'date_sub':
        return b === undefined ? a : a - inDays(one, other, b)
      case 'add_months':
        return b === undefined ? a : a + b * 30
      case '*':
        return b === undefined ? undefined : a * b
      case 'negative':
        return -a
      default:
        return undefined
    }
  }
  return undefined
}

/** An interval that is added to a date, in days, roughly; other numbers as they are. */
const inDays = (to: Expression | undefined, added: Expression | undefined, value: number): number => {
  const scale = to?.type.kind === 'date' ? 1 : 86_400_000_000
  if (added?.type.kind === 'year-month-interval') return value * 30.44 * scale
  return added?.type.kind === 'day-time-interval' ? (value / 86_400_000_000) * scale : value
}
