import { mayFail } from '../functions/may-fail.ts'
import type { Expression } from '../plan/expression.ts'
import type { DecimalType } from '../types/decimal-type.ts'

/** SQL of an expression in the scope of the sum. */
type Emit = (expression: Expression) => string

/** Digits that DuckDB computes with in 64 bits, several times as fast as in 128. */
const NARROW = 18

interface Narrow {
  readonly sql: string
  readonly scale: number
}

/**
 * Sums of decimal arithmetic in 64 bits. Spark's types leave room for the largest product; the values hardly ever need
 * it. So the sum is that of the narrow results where they fit, plus that of the wide ones for the other rows: exact in
 * every case, and as fast as DuckDB alone in the usual one. Undefined where it does not apply.
 */
export const narrowSum = (argument: Expression, result: DecimalType, after: string, emit: Emit): string | undefined => {
  if (argument.type.kind !== 'decimal' || argument.type.precision <= NARROW) return undefined
  if (argument.kind !== 'call' && argument.kind !== 'case') return undefined
  const narrow = narrowed(argument, emit)
  if (!narrow || narrow.scale !== argument.type.scale) return undefined
  const wide = emit(argument)
  const fits = `TRY(${narrow.sql})`
  const fast = `sum(${fits})${after}`
  const slow = `sum(CASE WHEN ${fits} IS NULL THEN ${wide} END)${after}`
  return `CAST(CASE WHEN ${slow} IS NULL THEN ${fast} WHEN ${fast} IS NULL THEN ${slow} ELSE ${fast} + ${slow} END AS DECIMAL(${result.precision},${result.scale}))`
}

/** SQL of the same value as a decimal of at most 18 digits, that fails where the value has more. */
const narrowed = (expression: Expression, emit: Emit): Narrow | undefined => {
  if (expression.type.kind !== 'decimal') return undefined
  const { precision, scale } = expression.type
  switch (expression.kind) {
    case 'attribute': {
      const sql = emit(expression)
      return precision <= NARROW && isColumn(sql) ? { sql, scale } : undefined
    }
    case 'literal':
      return precision <= NARROW && expression.value !== null ? { sql: emit(expression), scale } : undefined
    case 'cast': {
      const { child } = expression
      const exact = child.type.kind === 'integer' || child.type.kind === 'short' || child.type.kind === 'byte'
      if (!exact || scale > 0 || child.kind !== 'attribute' || !isColumn(emit(child))) return undefined
      return { sql: `CAST(${emit(child)} AS DECIMAL(10,0))`, scale }
    }
    case 'call':
      return operation(expression.name, expression.args, scale, emit)
    case 'case':
      return choice(expression, scale, emit)
    default:
      return undefined
  }
}

const isColumn = (sql: string): boolean => /^t\d+\.c\d+$/.test(sql)

const operation = (name: string, args: readonly Expression[], scale: number, emit: Emit): Narrow | undefined => {
  if (name !== '+' && name !== '-' && name !== '*') return undefined
  const [left, right] = args.map((arg) => narrowed(arg, emit))
  if (!left || !right) return undefined
  const exact = name === '*' ? left.scale + right.scale : Math.max(left.scale, right.scale)
  // A type whose scale was cut for want of digits asks for rounding.
  return exact === scale && exact <= NARROW ? { sql: `(${left.sql} ${name} ${right.sql})`, scale } : undefined
}

const choice = (
  { branches, otherwise }: Extract<Expression, { kind: 'case' }>,
  scale: number,
  emit: Emit,
): Narrow | undefined => {
  const values = [...branches.map(({ then }) => then), ...(otherwise ? [otherwise] : [])].map((value) =>
    narrowed(value, emit),
  )
  if (branches.some(({ when }) => mayFail(when)) || !values.every((value) => value?.scale === scale)) return undefined
  const whens = branches.map(({ when }, index) => `WHEN ${emit(when)} THEN ${values[index]!.sql}`)
  const end = otherwise ? ` ELSE ${values.at(-1)!.sql}` : ''
  return { sql: `CASE ${whens.join(' ')}${end} END`, scale }
}
