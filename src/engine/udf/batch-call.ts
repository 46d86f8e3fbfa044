import type { DuckDBDataChunk, DuckDBVector } from '@duckdb/node-api'
import type { Value } from '../dataframe/values.ts'
import { shown, type ToResult } from './result-value.ts'
import { valuesOf } from './text-column.ts'
import type { ScalarFunction } from './user-function.ts'

/** The columns of some rows, by name: what a function over batches takes, and may give. */
export type Batch = Readonly<Record<string, readonly Value[]>>

const listOf = (vector: DuckDBVector, rows: number): readonly Value[] => {
  const value = valuesOf(vector, rows)
  return Array.from({ length: rows }, (_, row) => value(row))
}

/** One call for all rows: lists in, a list as long out. Throws Error with a sentence. */
export const callBatch = (
  fn: ScalarFunction,
  toResult: ToResult,
  input: DuckDBDataChunk,
  output: DuckDBVector,
): void => {
  const { rowCount, columnCount } = input
  const columns = Array.from({ length: columnCount }, (_, column) => listOf(input.getColumnVector(column), rowCount))
  const made: unknown = fn(...columns)
  if (!isList(made)) throw new Error(`it returned ${shown(made)}; a vectorized function returns a list`)
  if (made.length !== rowCount) throw new Error(`it returned ${made.length} values for ${rowCount} rows`)
  for (let row = 0; row < rowCount; row += 1) output.setItem(row, toResult(made[row]))
  output.flush()
}

const isList = (value: unknown): value is ArrayLike<unknown> =>
  Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView))

/** The one argument is a struct of all columns. */
interface StructColumn {
  readonly structType: { readonly entryNames: readonly string[] }
  readonly entryVectors: readonly DuckDBVector[]
}

/** One call for all rows; what it gives is the list of the first row, those of the others are empty. Throws Error with a sentence. */
export const callBatches = (
  fn: ScalarFunction,
  toResult: ToResult,
  input: DuckDBDataChunk,
  output: DuckDBVector,
): void => {
  const { rowCount } = input
  const { structType, entryVectors } = input.getColumnVector(0) as unknown as StructColumn
  const batch: Batch = Object.fromEntries(
    structType.entryNames.map((name, index) => [name, listOf(entryVectors[index]!, rowCount)]),
  )
  const none = toResult([])
  for (let row = 0; row < rowCount; row += 1) output.setItem(row, row === 0 ? toResult(rowsOf(fn(batch))) : none)
  output.flush()
}

/** Rows as a list or from a generator, or columns of equal length. */
const rowsOf = (made: unknown): readonly unknown[] => {
  if (isIterable(made)) return [...made]
  if (typeof made !== 'object' || made === null)
    throw new Error(`it returned ${shown(made)}; a function over batches returns rows, or columns by name`)
  const columns = Object.entries(made)
  const wrong = columns.find(([, values]) => !isList(values))
  if (wrong !== undefined) throw new Error(`the column ${wrong[0]} is ${shown(wrong[1])}, which is no list`)
  const lists = columns as readonly (readonly [string, ArrayLike<unknown>])[]
  const length = lists[0]?.[1].length ?? 0
  const other = lists.find(([, values]) => values.length !== length)
  if (other !== undefined)
    throw new Error(`the column ${lists[0]![0]} has ${length} values, ${other[0]} has ${other[1].length}`)
  return Array.from({ length }, (_, row) => Object.fromEntries(lists.map(([name, values]) => [name, values[row]])))
}

const isIterable = (value: unknown): value is Iterable<unknown> =>
  typeof value === 'object' && value !== null && Symbol.iterator in value

/** A table function gives rows: a list, or a generator. */
export const callTable =
  (fn: ScalarFunction): ScalarFunction =>
  (...args: readonly unknown[]) => {
    const made: unknown = fn(...args)
    if (made === null || made === undefined) return []
    if (!isIterable(made)) throw new Error(`it returned ${shown(made)}; a table function returns rows`)
    return [...made]
  }
