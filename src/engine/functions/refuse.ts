import type { Expression } from '../plan/expression.ts'
import { SqlError } from '../sql/sql-error.ts'
import type { DataType } from '../types/data-type.ts'
import { sqlTypeName } from '../types/type-name.ts'

/** Number of arguments is wrong. Source: Spark's WRONG_NUM_ARGS. */
export const wrongCount = (name: string, expected: string, given: number): SqlError =>
  new SqlError(
    'WRONG_NUM_ARGS.WITHOUT_SUGGESTION',
    `${name} takes ${expected} ${expected === '1' ? 'argument' : 'arguments'}, ${given} ${given === 1 ? 'was' : 'were'} given`,
  )

/** An argument has a type the function does not take. */
export const wrongType = (name: string, index: number, expected: string, given: DataType): SqlError =>
  new SqlError(
    'DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE',
    `Argument ${index + 1} of ${name} must be ${expected}, it is ${sqlTypeName(given)}; cast it`,
  )

/** Types that do not go together. */
export const differentTypes = (
  name: string,
  types: readonly DataType[],
  condition = types.length === 2 ? 'DATATYPE_MISMATCH.BINARY_OP_DIFF_TYPES' : 'DATATYPE_MISMATCH.DATA_DIFF_TYPES',
): SqlError =>
  new SqlError(
    condition,
    `${name} takes arguments of one type, they are ${types.map(sqlTypeName).join(', ')}; cast them`,
  )

/** Spark can, this engine cannot. */
export const unsupported = (sentence: string): SqlError => new SqlError('UNSUPPORTED_FEATURE', sentence)

/** The constant an argument must be. Throws SqlError where it is computed. */
export const constant = (
  name: string,
  index: number,
  argument: Expression,
): string | number | bigint | boolean | null => {
  const inner = argument.kind === 'cast' && argument.child.kind === 'literal' ? argument.child : argument
  if (inner.kind === 'literal' && !(inner.value instanceof Uint8Array)) return inner.value
  throw new SqlError(
    'DATATYPE_MISMATCH.NON_FOLDABLE_INPUT',
    `Argument ${index + 1} of ${name} must be a constant here, not computed of columns`,
  )
}
