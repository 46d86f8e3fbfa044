import type { ExpressionSyntax, FrameBound, WindowSyntax } from '../sql/syntax.ts'
import { type ColumnOrName, columnSyntax, orderSyntax } from './column.ts'
import { literalSyntax } from './literal.ts'

type Bound = FrameBound<ExpressionSyntax>

/** The rows a window function looks at, after Spark's class of the same name. Immutable. */
export class WindowSpec {
  readonly syntax: WindowSyntax

  constructor(syntax: WindowSyntax) {
    this.syntax = syntax
  }

  partitionBy(...columns: readonly ColumnOrName[]): WindowSpec {
    return new WindowSpec({ ...this.syntax, partitionBy: columns.map(columnSyntax) })
  }

  orderBy(...columns: readonly ColumnOrName[]): WindowSpec {
    return new WindowSpec({ ...this.syntax, orderBy: columns.map(orderSyntax) })
  }

  /** From and to in rows before (negative) and after the current one. */
  rowsBetween(start: number, end: number): WindowSpec {
    return new WindowSpec({ ...this.syntax, frame: { unit: 'rows', start: bound(start), end: bound(end) } })
  }

  /** From and to as differences of the value that the window is ordered by. */
  rangeBetween(start: number, end: number): WindowSpec {
    return new WindowSpec({ ...this.syntax, frame: { unit: 'range', start: bound(start), end: bound(end) } })
  }
}

const bound = (at: number): Bound => {
  if (at === Number.NEGATIVE_INFINITY) return { kind: 'unbounded-preceding' }
  if (at === Number.POSITIVE_INFINITY) return { kind: 'unbounded-following' }
  if (at === 0) return { kind: 'current-row' }
  const offset = literalSyntax(Math.abs(at))
  return at < 0 ? { kind: 'preceding', offset } : { kind: 'following', offset }
}

const EMPTY = new WindowSpec({ partitionBy: [], orderBy: [] })

/** Where window specifications begin. */
export const Window = {
  unboundedPreceding: Number.NEGATIVE_INFINITY,
  unboundedFollowing: Number.POSITIVE_INFINITY,
  currentRow: 0,
  partitionBy: (...columns: readonly ColumnOrName[]): WindowSpec => EMPTY.partitionBy(...columns),
  orderBy: (...columns: readonly ColumnOrName[]): WindowSpec => EMPTY.orderBy(...columns),
  rowsBetween: (start: number, end: number): WindowSpec => EMPTY.rowsBetween(start, end),
  rangeBetween: (start: number, end: number): WindowSpec => EMPTY.rangeBetween(start, end),
} as const
