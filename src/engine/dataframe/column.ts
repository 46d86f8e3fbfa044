import { duckdbType } from '../sources/data-type.ts'
import { type ColumnNode, type Literal, labelOf } from './expression.ts'

/** What stands for a column: a Column, or (where Spark takes one too) its name. */
export type ColumnOrName = Column | string
/** What stands for a value: a Column, or a constant. */
export type ColumnOrValue = Column | Literal

/** An expression over the columns of a DataFrame. Immutable; nothing is computed before an action. */
export class Column {
  readonly node: ColumnNode

  constructor(node: ColumnNode) {
    this.node = node
  }

  as(name: string): Column {
    return new Column({ kind: 'alias', child: this.node, name })
  }

  alias(name: string): Column {
    return this.as(name)
  }

  /** `type` is a Spark type name: int, bigint, double, string, decimal(10,2), date, timestamp … */
  cast(type: string): Column {
    const target = duckdbType(type)
    return call(`CAST(${labelOf(this.node)} AS ${type.toUpperCase()})`, ['CAST(', ` AS ${target})`], [this.node])
  }

  eq(other: ColumnOrValue): Column {
    return operator('=', this, other)
  }

  equalTo(other: ColumnOrValue): Column {
    return this.eq(other)
  }

  notEqual(other: ColumnOrValue): Column {
    return operator('<>', this, other)
  }

  /** Equality in which null equals null. */
  eqNullSafe(other: ColumnOrValue): Column {
    return operator('IS NOT DISTINCT FROM', this, other, '<=>')
  }

  gt(other: ColumnOrValue): Column {
    return operator('>', this, other)
  }

  geq(other: ColumnOrValue): Column {
    return operator('>=', this, other)
  }

  lt(other: ColumnOrValue): Column {
    return operator('<', this, other)
  }

  leq(other: ColumnOrValue): Column {
    return operator('<=', this, other)
  }

  and(other: ColumnOrValue): Column {
    return operator('AND', this, other)
  }

  or(other: ColumnOrValue): Column {
    return operator('OR', this, other)
  }

  not(): Column {
    return call(`(NOT ${labelOf(this.node)})`, ['(NOT ', ')'], [this.node])
  }

  plus(other: ColumnOrValue): Column {
    return operator('+', this, other)
  }

  minus(other: ColumnOrValue): Column {
    return operator('-', this, other)
  }

  multiply(other: ColumnOrValue): Column {
    return operator('*', this, other)
  }

  divide(other: ColumnOrValue): Column {
    return operator('/', this, other)
  }

  mod(other: ColumnOrValue): Column {
    return operator('%', this, other)
  }

  isNull(): Column {
    return call(`(${labelOf(this.node)} IS NULL)`, ['(', ' IS NULL)'], [this.node])
  }

  isNotNull(): Column {
    return call(`(${labelOf(this.node)} IS NOT NULL)`, ['(', ' IS NOT NULL)'], [this.node])
  }

  isin(...values: readonly ColumnOrValue[]): Column {
    const nodes = values.map(nodeOf)
    if (nodes.length === 0) return new Column({ kind: 'literal', value: false })
    const label = `(${labelOf(this.node)} IN (${nodes.map(labelOf).join(', ')}))`
    return call(label, ['(', ' IN (', ...nodes.slice(1).map(() => ', '), '))'], [this.node, ...nodes])
  }

  between(low: ColumnOrValue, high: ColumnOrValue): Column {
    return this.geq(low).and(this.leq(high))
  }

  like(pattern: string): Column {
    return operator('LIKE', this, pattern)
  }

  startsWith(prefix: ColumnOrValue): Column {
    return functionCall('starts_with', [this.node, nodeOf(prefix)], 'startswith')
  }

  endsWith(end: ColumnOrValue): Column {
    return functionCall('ends_with', [this.node, nodeOf(end)], 'endswith')
  }

  contains(part: ColumnOrValue): Column {
    return functionCall('contains', [this.node, nodeOf(part)])
  }

  /** Nulls first, as Spark sorts ascending. */
  asc(): Column {
    return order(this, false, true)
  }

  /** Nulls last, as Spark sorts descending. */
  desc(): Column {
    return order(this, true, false)
  }

  asc_nulls_last(): Column {
    return order(this, false, false)
  }

  desc_nulls_first(): Column {
    return order(this, true, true)
  }

  toString(): string {
    return labelOf(this.node)
  }
}

const order = (column: Column, descending: boolean, nullsFirst: boolean): Column =>
  new Column({ kind: 'order', child: column.node, descending, nullsFirst })

export const call = (label: string, parts: readonly string[], args: readonly ColumnNode[]): Column =>
  new Column({ kind: 'call', label, parts, args })

export const functionCall = (name: string, args: readonly ColumnNode[], label = name): Column =>
  call(
    `${label}(${args.map(labelOf).join(', ')})`,
    args.length === 0 ? [`${name}()`] : [`${name}(`, ...args.slice(1).map(() => ', '), ')'],
    args,
  )

const operator = (sql: string, left: Column, right: ColumnOrValue, label = sql): Column => {
  const node = nodeOf(right)
  return call(`(${labelOf(left.node)} ${label} ${labelOf(node)})`, ['(', ` ${sql} `, ')'], [left.node, node])
}

/** Constants become literals. */
export const nodeOf = (value: ColumnOrValue): ColumnNode =>
  value instanceof Column ? value.node : { kind: 'literal', value }

/** Texts become column names. */
export const columnNode = (column: ColumnOrName): ColumnNode =>
  typeof column === 'string' ? { kind: 'name', name: column } : column.node
