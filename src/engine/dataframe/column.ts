import { sqlFault } from '../query/sql-fault.ts'
import { parseDataType, parseExpression } from '../sql/parse.ts'
import type { ExpressionSyntax, OrderSyntax } from '../sql/syntax.ts'
import type { DataType } from '../types/data-type.ts'
import { type Literal, literalSyntax } from './literal.ts'
import type { LastName, Reference, ValueOfType } from './row-types.ts'
import type { WindowSpec } from './window.ts'

/** What stands for a column: a Column, or (where Spark takes one too) its name. */
export type ColumnOrName = Column | string
/** What stands for a value: a Column, or a constant. */
export type ColumnOrValue = Column | Literal

/** What only the type of a Column holds: `N`, what the column is called, `V`, its values. */
declare const TYPED: unique symbol

/**
 * An expression over the columns of a DataFrame. Immutable; nothing is looked up or computed before an action. `N` and
 * `V` are the name and the values it gives where they are known: a select of such columns knows its row.
 */
export class Column<out N extends string = string, out V = unknown> {
  declare readonly [TYPED]?: readonly [name: N, value: V]
  readonly syntax: ExpressionSyntax
  /** Set by asc() and its kin; only orderBy and windows look at it. */
  readonly order: Omit<OrderSyntax, 'expression'> | undefined

  constructor(syntax: ExpressionSyntax, order?: Omit<OrderSyntax, 'expression'>) {
    this.syntax = syntax
    this.order = order
  }

  /** Several names are for functions that give several columns, for instance explode of a map. */
  as<M extends string>(name: M): Column<M, V>
  as(...names: readonly [string, ...string[]]): Column
  as(...names: readonly [string, ...string[]]): Column {
    return new Column({ kind: 'alias', child: this.syntax, names })
  }

  alias<M extends string>(name: M): Column<M, V>
  alias(...names: readonly [string, ...string[]]): Column
  alias(...names: readonly [string, ...string[]]): Column {
    return new Column({ kind: 'alias', child: this.syntax, names })
  }

  name<M extends string>(name: M): Column<M, V> {
    return this.as(name)
  }

  /** `type` is a Spark type (name): int, bigint, double, string, decimal(10,2), array<int> … */
  cast<T extends string>(type: T): Column<string, ValueOfType<T>>
  cast(type: string | DataType): Column
  cast(type: string | DataType): Column {
    return new Column({ kind: 'cast', child: this.syntax, type: typeOf(type), try: false })
  }

  astype<T extends string>(type: T): Column<string, ValueOfType<T>>
  astype(type: string | DataType): Column
  astype(type: string | DataType): Column {
    return new Column({ kind: 'cast', child: this.syntax, type: typeOf(type), try: false })
  }

  /** null where cast would fail. */
  try_cast<T extends string>(type: T): Column<string, ValueOfType<T>>
  try_cast(type: string | DataType): Column
  try_cast(type: string | DataType): Column {
    return new Column({ kind: 'cast', child: this.syntax, type: typeOf(type), try: true })
  }

  eq(other: ColumnOrValue): Column<string, boolean | null> {
    return call('=', this, other)
  }

  equalTo(other: ColumnOrValue): Column<string, boolean | null> {
    return this.eq(other)
  }

  notEqual(other: ColumnOrValue): Column<string, boolean | null> {
    return call('<>', this, other)
  }

  /** Equality in which null equals null. */
  eqNullSafe(other: ColumnOrValue): Column<string, boolean> {
    return call('<=>', this, other)
  }

  gt(other: ColumnOrValue): Column<string, boolean | null> {
    return call('>', this, other)
  }

  geq(other: ColumnOrValue): Column<string, boolean | null> {
    return call('>=', this, other)
  }

  lt(other: ColumnOrValue): Column<string, boolean | null> {
    return call('<', this, other)
  }

  leq(other: ColumnOrValue): Column<string, boolean | null> {
    return call('<=', this, other)
  }

  and(other: ColumnOrValue): Column<string, boolean | null> {
    return call('and', this, other)
  }

  or(other: ColumnOrValue): Column<string, boolean | null> {
    return call('or', this, other)
  }

  not(): Column<string, boolean | null> {
    return call('not', this)
  }

  plus(other: ColumnOrValue): Column {
    return call('+', this, other)
  }

  minus(other: ColumnOrValue): Column {
    return call('-', this, other)
  }

  multiply(other: ColumnOrValue): Column {
    return call('*', this, other)
  }

  divide(other: ColumnOrValue): Column {
    return call('/', this, other)
  }

  mod(other: ColumnOrValue): Column {
    return call('%', this, other)
  }

  negate(): Column {
    return call('negative', this)
  }

  bitwiseAND(other: ColumnOrValue): Column {
    return call('&', this, other)
  }

  bitwiseOR(other: ColumnOrValue): Column {
    return call('|', this, other)
  }

  bitwiseXOR(other: ColumnOrValue): Column {
    return call('^', this, other)
  }

  isNull(): Column<string, boolean> {
    return call('isnull', this)
  }

  isNotNull(): Column<string, boolean> {
    return call('isnotnull', this)
  }

  isNaN(): Column<string, boolean> {
    return call('isnan', this)
  }

  isin(...values: readonly (ColumnOrValue | readonly ColumnOrValue[])[]): Column<string, boolean | null> {
    const list = values.flat().map((value) => syntaxOf(value as ColumnOrValue))
    if (list.length === 0) return new Column(literalSyntax(false))
    return new Column({ kind: 'in', value: this.syntax, list })
  }

  between(low: ColumnOrValue, high: ColumnOrValue): Column<string, boolean | null> {
    return call('between', this, low, high)
  }

  like(pattern: ColumnOrValue): Column<string, boolean | null> {
    return call('like', this, pattern)
  }

  ilike(pattern: ColumnOrValue): Column<string, boolean | null> {
    return call('ilike', this, pattern)
  }

  rlike(pattern: ColumnOrValue): Column<string, boolean | null> {
    return call('rlike', this, pattern)
  }

  startsWith(prefix: ColumnOrValue): Column<string, boolean | null> {
    return call('startswith', this, prefix)
  }

  endsWith(end: ColumnOrValue): Column<string, boolean | null> {
    return call('endswith', this, end)
  }

  contains(part: ColumnOrValue): Column<string, boolean | null> {
    return call('contains', this, part)
  }

  substr(position: ColumnOrValue, length: ColumnOrValue): Column {
    return call('substring', this, position, length)
  }

  /** An element of an array (from 0), or the value of a map's key. */
  getItem(key: ColumnOrValue): Column {
    return call('[]', this, key)
  }

  /** A field of a struct. */
  getField(name: string): Column {
    return call('[]', this, name)
  }

  /** This aggregate or window function over the rows that the window gives. */
  over(window: WindowSpec): Column {
    const { syntax } = this
    // An aggregate of the program computes with the list of its rows, and the list is what a window gives.
    const [rows] = syntax.kind === 'udf' && syntax.shown !== undefined ? syntax.args : []
    if (syntax.kind === 'udf' && rows?.kind === 'call')
      return new Column({ ...syntax, args: [{ ...rows, over: window.syntax }] })
    if (syntax.kind !== 'call') throw new TypeError('over() belongs to an aggregate or window function')
    return new Column({ ...syntax, over: window.syntax })
  }

  /** Nulls first, as Spark sorts ascending. */
  asc(): Column<N, V> {
    return new Column(this.syntax, { descending: false })
  }

  /** Nulls last, as Spark sorts descending. */
  desc(): Column<N, V> {
    return new Column(this.syntax, { descending: true })
  }

  asc_nulls_first(): Column<N, V> {
    return new Column(this.syntax, { descending: false, nullsFirst: true })
  }

  asc_nulls_last(): Column<N, V> {
    return new Column(this.syntax, { descending: false, nullsFirst: false })
  }

  desc_nulls_first(): Column<N, V> {
    return new Column(this.syntax, { descending: true, nullsFirst: true })
  }

  desc_nulls_last(): Column<N, V> {
    return new Column(this.syntax, { descending: true, nullsFirst: false })
  }
}

const typeOf = (type: string | DataType): DataType => (typeof type === 'string' ? parseDataType(type) : type)

/** A call of a function or operator by Spark's name. */
export const call = <V = unknown>(name: string, ...args: readonly ColumnOrValue[]): Column<string, V> =>
  new Column({ kind: 'call', name, args: args.map(syntaxOf) })

/** Constants become literals. */
export const syntaxOf = (value: ColumnOrValue): ExpressionSyntax =>
  value instanceof Column ? value.syntax : literalSyntax(value)

/** Texts become column names; `*` and `t.*` are all columns. */
export const columnSyntax = (column: ColumnOrName): ExpressionSyntax =>
  typeof column === 'string' ? nameSyntax(column) : column.syntax

/** The column of that name. */
export const named = <N extends string>(name: N): Column<LastName<N>, Reference<N>> => new Column(nameSyntax(name))

export const nameSyntax = (name: string): ExpressionSyntax => {
  const parts = partsOfName(name)
  return parts.at(-1) === '*' ? { kind: 'star', qualifier: parts.slice(0, -1) } : { kind: 'name', parts }
}

export const orderSyntax = (column: ColumnOrName): OrderSyntax =>
  typeof column === 'string' || column.order === undefined
    ? { expression: columnSyntax(column), descending: false }
    : { expression: column.syntax, ...column.order }

/** `a.b` is b of a; backticks hold a name with a dot together. */
export const partsOfName = (name: string): readonly string[] =>
  [...name.matchAll(/`((?:[^`]|``)+)`|([^.`]+)/g)].map((match) => match[1]?.replaceAll('``', '`') ?? match[2] ?? '')

/** An expression as SQL text. Throws EngineError with the place of a fault. */
export const expressionSyntax = (text: string): ExpressionSyntax => {
  try {
    return parseExpression(text, { timeZone: 'UTC' })
  } catch (error) {
    throw sqlFault(error, text)
  }
}
