import { decimalConstant } from '../functions/decimal-arithmetic.ts'
import { conjuncts } from '../optimizer/expression-tree.ts'
import type { Attribute, Expression } from '../plan/expression.ts'
import type { Comparison, FilterValue, SourceFilter } from '../sources/source-filter.ts'
import type { DataType } from '../types/data-type.ts'

export interface SourceFilters {
  readonly filters: readonly SourceFilter[]
  /** They say all of the condition. */
  readonly complete: boolean
}

type NameOf = (attribute: Attribute) => string | undefined

/** The parts of conditions that a source can be told of. Pure. Source of the subset: Spark's DataSourceStrategy.translateFilter. */
export const sourceFilters = (conditions: readonly Expression[], nameOf: NameOf): SourceFilters => {
  const parts = conditions.flatMap(conjuncts)
  const filters = parts.map((part) => translate(part, nameOf))
  return { filters: filters.filter((filter) => filter !== undefined), complete: !filters.includes(undefined) }
}

const SWAPPED: Readonly<Record<Comparison, Comparison>> = { '=': '=', '<': '>', '<=': '>=', '>': '<', '>=': '<=' }

const isComparison = (name: string): name is Comparison => name in SWAPPED

const translate = (expression: Expression, nameOf: NameOf): SourceFilter | undefined => {
  if (expression.kind === 'in') {
    const column = columnOf(expression.value, nameOf)
    const values = expression.list.map(filterValue)
    return column === undefined || values.includes(undefined)
      ? undefined
      : { kind: 'in', column, values: values.filter((value) => value !== undefined) }
  }
  if (expression.kind !== 'call') return undefined
  const { name, args } = expression
  const [left, right] = args
  if (left === undefined) return undefined
  if (name === 'isnull' || name === 'isnotnull') {
    const column = columnOf(left, nameOf)
    return column === undefined ? undefined : { kind: 'null', column, not: name === 'isnotnull' }
  }
  if (right === undefined || !isComparison(name)) return undefined
  const [column, value] = [columnOf(left, nameOf), filterValue(right)]
  if (column !== undefined && value !== undefined) return { kind: 'compare', column, how: name, value }
  const [other, constant] = [columnOf(right, nameOf), filterValue(left)]
  return other === undefined || constant === undefined
    ? undefined
    : { kind: 'compare', column: other, how: SWAPPED[name], value: constant }
}

const WHOLE = ['byte', 'short', 'integer', 'long']

/** Casts that keep every value, and the order of values. */
const keepsValues = (from: DataType, to: DataType): boolean => {
  const [a, b] = [WHOLE.indexOf(from.kind), WHOLE.indexOf(to.kind)]
  if (a >= 0 && b >= 0) return a <= b
  if (to.kind !== 'decimal') return false
  if (a >= 0) return to.precision - to.scale >= [3, 5, 10, 20][a]!
  return from.kind === 'decimal' && to.scale >= from.scale && to.precision - to.scale >= from.precision - from.scale
}

const columnOf = (expression: Expression, nameOf: NameOf): string | undefined => {
  if (expression.kind === 'attribute') return nameOf(expression)
  return expression.kind === 'cast' && keepsValues(expression.child.type, expression.type)
    ? columnOf(expression.child, nameOf)
    : undefined
}

const filterValue = (expression: Expression): FilterValue | undefined => {
  if (expression.kind !== 'literal' || expression.value === null) return undefined
  const { value, type } = expression
  switch (type.kind) {
    case 'boolean':
      return { kind: 'boolean', value: Boolean(value) }
    case 'string':
      return String(value).includes('\0') ? undefined : { kind: 'string', text: String(value) }
    case 'byte':
    case 'short':
    case 'integer':
    case 'long':
      return { kind: 'number', text: String(value) }
    case 'decimal':
      return { kind: 'number', text: decimalConstant(BigInt(value as bigint), type.scale) }
    case 'double':
      return Number.isFinite(Number(value)) ? { kind: 'number', text: String(value) } : undefined
    case 'date': {
      const text = isoOf(Number(value) * 86_400_000)?.slice(0, 10)
      return text === undefined ? undefined : { kind: 'date', text }
    }
    case 'timestamp':
    case 'timestamp_ntz': {
      const micros = BigInt(value as bigint)
      const rest = ((micros % 1_000_000n) + 1_000_000n) % 1_000_000n
      const text = isoOf(Number((micros - rest) / 1000n))
      if (text === undefined) return undefined
      const whole = `${text.slice(0, 10)} ${text.slice(11, 19)}.${String(rest).padStart(6, '0')}`
      return { kind: 'timestamp', text: whole, instant: type.kind === 'timestamp' }
    }
    default:
      return undefined
  }
}

/** Only years of four digits: others are written in other ways elsewhere. */
const isoOf = (milliseconds: number): string | undefined => {
  const date = new Date(milliseconds)
  const year = Number.isNaN(date.getTime()) ? 0 : date.getUTCFullYear()
  return year >= 1 && year <= 9999 ? date.toISOString() : undefined
}
