import type { Expression } from '../plan/expression.ts'
import type { LiteralValue } from '../sql/syntax.ts'
import type { DataType } from '../types/data-type.ts'
import { isIntegral, sameType } from '../types/same-type.ts'
import type { SqlSettings } from './function.ts'

export const literal = (value: LiteralValue, type: DataType): Expression => ({
  kind: 'literal',
  value,
  type,
  nullable: value === null,
})

/**
 * The expression as a value of `type`: itself when it is one already; a constant stays a constant where that is exact,
 * so that filters on columns stay plain; else a cast in the session's mode.
 */
export const castTo = (expression: Expression, type: DataType, settings: SqlSettings): Expression => {
  if (sameType(expression.type, type)) return expression
  if (expression.kind === 'literal') {
    if (expression.value === null) return literal(null, type)
    const value = widened(expression.value, expression.type, type)
    if (value !== undefined) return literal(value, type)
  }
  return cast(expression, type, settings.ansi ? 'ansi' : 'legacy')
}

/** A cast that the user wrote, or that must be there whatever the types. */
export const cast = (child: Expression, type: DataType, mode: 'ansi' | 'try' | 'legacy'): Expression => ({
  kind: 'cast',
  child,
  mode,
  type,
  nullable: child.nullable || mode === 'try' || (mode === 'legacy' && mayBecomeNull(child.type, type)),
})

const mayBecomeNull = (from: DataType, to: DataType): boolean =>
  from.kind === 'string' || to.kind === 'decimal' || to.kind === 'array' || to.kind === 'map' || to.kind === 'struct'

const RANK = ['byte', 'short', 'integer', 'long']

/** The constant in a type that holds all values of its own; undefined where that is not so. */
const widened = (value: LiteralValue, from: DataType, to: DataType): LiteralValue | undefined => {
  if (isIntegral(from) && (typeof value === 'number' || typeof value === 'bigint')) {
    const integer = BigInt(value)
    if (isIntegral(to)) {
      if (RANK.indexOf(to.kind) < RANK.indexOf(from.kind)) return undefined
      return to.kind === 'long' ? integer : Number(integer)
    }
    if (to.kind === 'decimal') return fitting(integer * 10n ** BigInt(to.scale), to.precision)
    if (to.kind === 'double' && from.kind !== 'long') return Number(integer)
  }
  if (from.kind === 'decimal' && to.kind === 'decimal' && typeof value === 'bigint' && to.scale >= from.scale) {
    return fitting(value * 10n ** BigInt(to.scale - from.scale), to.precision)
  }
  return undefined
}

const fitting = (unscaled: bigint, precision: number): bigint | undefined => {
  const limit = 10n ** BigInt(precision)
  return unscaled < limit && unscaled > -limit ? unscaled : undefined
}
