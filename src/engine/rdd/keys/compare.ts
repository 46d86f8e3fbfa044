import { userError } from '../../errors.ts'

export type Comparator<T> = (a: T, b: T) => number

const RANK: Readonly<Record<string, number>> = { boolean: 2, number: 3, bigint: 3, string: 4, object: 5 }

/**
 * The natural order of keys: null and undefined first, then booleans, numbers (NaN last, as in Spark), texts by their
 * UTF-16 units; arrays element by element, dates by time. Throws EngineError for what has none.
 */
export const naturalOrder = (a: unknown, b: unknown): number => {
  if (typeof a === 'number' && typeof b === 'number') {
    if (a < b) return -1
    if (a > b) return 1
    if (a === b) return 0
    return Number.isNaN(a) ? (Number.isNaN(b) ? 0 : 1) : -1
  }
  if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : a > b ? 1 : 0
  return slowOrder(a, b)
}

const rankOf = (value: unknown): number => {
  if (value === null || value === undefined) return value === null ? 1 : 0
  const rank = RANK[typeof value]
  if (rank === undefined) throw userError(`a ${typeof value} has no order`)
  return rank
}

const slowOrder = (a: unknown, b: unknown): number => {
  const ranks = rankOf(a) - rankOf(b)
  if (ranks !== 0) return ranks
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) {
    return (a as number) < (b as number) ? -1 : (a as number) > (b as number) ? 1 : 0
  }
  if (Array.isArray(a) && Array.isArray(b)) {
    for (let i = 0; i < a.length && i < b.length; i++) {
      const order = naturalOrder(a[i], b[i])
      if (order !== 0) return order
    }
    return a.length - b.length
  }
  if (a instanceof Date && b instanceof Date) return naturalOrder(a.getTime(), b.getTime())
  throw userError(
    'records have no order: give a function that says it, or sort by a number, text, date or array of them',
  )
}

export const reversed =
  <T>(order: Comparator<T>): Comparator<T> =>
  (a, b) =>
    order(b, a)
