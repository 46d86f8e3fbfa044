import { userError } from '../errors.ts'
import type { ScalarFunction } from './user-function.ts'

/**
 * An aggregate of the program, after Spark's Aggregator: `zero` begins a buffer, `reduce` takes a row's values into it,
 * `merge` puts two buffers together, `finish` makes the result of one. Buffers may be changed in place.
 */
export interface Aggregator<B, Out> {
  zero(): B
  // biome-ignore lint/suspicious/noExplicitAny: arguments are the program's own
  reduce(buffer: B, ...values: any[]): B
  merge(one: B, other: B): B
  finish(buffer: B): Out
}

/** Rows that one buffer takes before it is merged. */
const SLICE = 4096

/** The aggregator as a function over the list of a group's rows, each a struct of the arguments. */
export const aggregateOf = <B, Out>(aggregator: Aggregator<B, Out>): ScalarFunction => {
  const { zero, reduce, merge, finish } = aggregator
  for (const [name, part] of Object.entries({ zero, reduce, merge, finish }))
    if (typeof part !== 'function')
      throw userError(`udaf wants an object with zero, reduce, merge and finish: ${name} is missing`)
  const slice = SLICE
  return (rows: readonly Readonly<Record<string, unknown>>[]) => {
    let whole = zero()
    for (let from = 0; from < rows.length; from += slice) {
      let part = zero()
      for (const row of rows.slice(from, from + slice)) part = reduce(part, ...Object.values(row))
      whole = from === 0 ? part : merge(whole, part)
    }
    return finish(whole)
  }
}
