import type { Expression } from '../plan/expression.ts'
import type { DataType } from '../types/data-type.ts'

/** The arguments of a call as `resolve` left them. */
export const argumentsOf = (call: Expression): readonly Expression[] =>
  (call as { readonly args: readonly Expression[] }).args

export const typeOfArgument = (call: Expression, index: number): DataType => argumentsOf(call)[index]!.type

/** The text an argument is, where it is a constant. */
export const constantText = (expression: Expression | undefined): string | undefined => {
  const inner = expression?.kind === 'cast' ? expression.child : expression
  return inner?.kind === 'literal' && typeof inner.value === 'string' ? inner.value : undefined
}

/** The whole number an argument is, where it is a constant. */
export const constantInteger = (expression: Expression | undefined): number | undefined => {
  const inner = expression?.kind === 'cast' ? expression.child : expression
  if (inner?.kind !== 'literal') return undefined
  return typeof inner.value === 'bigint' || (typeof inner.value === 'number' && Number.isInteger(inner.value))
    ? Number(inner.value)
    : undefined
}

export const isNullLiteral = (expression: Expression | undefined): boolean => {
  const inner = expression?.kind === 'cast' ? expression.child : expression
  return inner?.kind === 'literal' && inner.value === null
}
