import type { Expression, ExpressionOf } from '../../plan/expression.ts'
import { transformUp } from '../../plan/expression-tree.ts'
import { mapExpressions } from '../../plan/plan-shape.ts'
import type { DataType } from '../../types/data-type.ts'
import { BOOLEAN } from '../../types/data-type.ts'
import { transformPlanUp } from '../plan-tree.ts'
import type { Rule } from '../rule.ts'

type Literal = ExpressionOf<'literal'>

/** Smallest and largest value of the integer types. */
const RANGES: Partial<Readonly<Record<DataType['kind'], readonly [bigint, bigint]>>> = {
  byte: [-(2n ** 7n), 2n ** 7n - 1n],
  short: [-(2n ** 15n), 2n ** 15n - 1n],
  integer: [-(2n ** 31n), 2n ** 31n - 1n],
  long: [-(2n ** 63n), 2n ** 63n - 1n],
}

const isWhole = (literal: Literal): boolean =>
  RANGES[literal.type.kind] !== undefined && (typeof literal.value === 'bigint' || Number.isSafeInteger(literal.value))

const whole = (value: bigint, type: DataType): Expression | undefined => {
  const range = RANGES[type.kind]
  if (range === undefined || value < range[0] || value > range[1]) return undefined
  return { kind: 'literal', value: type.kind === 'long' ? value : Number(value), type, nullable: false }
}

const truth = (value: boolean): Expression => ({ kind: 'literal', value, type: BOOLEAN, nullable: false })

const ARITHMETIC: Readonly<Record<string, (a: bigint, b: bigint) => bigint>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
}

const COMPARISONS: Readonly<Record<string, (order: number) => boolean>> = {
  '=': (order) => order === 0,
  '<=>': (order) => order === 0,
  '<>': (order) => order !== 0,
  '!=': (order) => order !== 0,
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
}

/** Types whose values compare as the numbers they are held as. */
const COUNTED = new Set<DataType['kind']>(['date', 'timestamp', 'timestamp_ntz'])

const compare = (name: string, one: Literal, other: Literal): Expression | undefined => {
  const test = COMPARISONS[name]
  if (test === undefined || one.value === null || other.value === null || one.type.kind !== other.type.kind)
    return undefined
  const counted = (literal: Literal) =>
    isWhole(literal) || (COUNTED.has(literal.type.kind) && /^(bigint|number)$/.test(typeof literal.value))
  if (counted(one) && counted(other)) {
    const [a, b] = [BigInt(one.value as bigint), BigInt(other.value as bigint)]
    return truth(test(a < b ? -1 : a > b ? 1 : 0))
  }
  const equality = ['=', '<=>', '<>', '!='].includes(name)
  const exact = one.type.kind === 'string' || one.type.kind === 'boolean'
  return equality && exact ? truth(test(one.value === other.value ? 0 : 1)) : undefined
}

/** The value of an expression over literals where it is exact and cannot fail; the rest is DuckDB's to compute. */
export const foldOne = (expression: Expression): Expression => {
  if (expression.kind === 'cast') return foldCast(expression) ?? expression
  if (expression.kind !== 'call') return expression
  const [one, other] = expression.args
  if (one?.kind !== 'literal') return expression
  if (expression.args.length === 1) {
    if (expression.name === 'isnull') return truth(one.value === null)
    if (expression.name === 'isnotnull') return truth(one.value !== null)
    if (expression.name === 'not' && typeof one.value === 'boolean') return truth(!one.value)
    if (expression.name === 'negative' && isWhole(one))
      return whole(-BigInt(one.value as bigint), expression.type) ?? expression
    return expression
  }
  if (other?.kind !== 'literal' || expression.args.length !== 2) return expression
  const arithmetic = ARITHMETIC[expression.name]
  if (arithmetic !== undefined && isWhole(one) && isWhole(other))
    return whole(arithmetic(BigInt(one.value as bigint), BigInt(other.value as bigint)), expression.type) ?? expression
  return compare(expression.name, one, other) ?? expression
}

const foldCast = (cast: ExpressionOf<'cast'>): Expression | undefined => {
  const { child, type } = cast
  if (child.kind !== 'literal') return undefined
  if (child.value === null) return { kind: 'literal', value: null, type, nullable: true }
  if (child.type.kind === type.kind && JSON.stringify(child.type) === JSON.stringify(type)) return child
  return isWhole(child) ? whole(BigInt(child.value as bigint), type) : undefined
}

/** Source: Spark's ConstantFolding. */
export const foldConstants: Rule = {
  name: 'ConstantFolding',
  apply: (plan) =>
    transformPlanUp(plan, (node) => mapExpressions(node, (expression) => transformUp(expression, foldOne))),
}
