import { types } from 'node:util'
import { userError } from '../errors.ts'
import { Shipper } from '../rdd/closure/shipper.ts'
import { parseDataType } from '../sql/parse.ts'
import { SqlError } from '../sql/sql-error.ts'
import type { DataType } from '../types/data-type.ts'
import { duckdbTypeOf } from '../types/duckdb-type.ts'

// biome-ignore lint/suspicious/noExplicitAny: parameters are the program's own
export type ScalarFunction = (...values: any[]) => unknown

/**
 * How a function is called. row: once a row, with values. batch: once for many rows, with a list of values for each
 * argument, and gives a list as long. aggregate: once a group, with a list of its rows, each a struct of the arguments.
 * table: once a row, and gives rows. batches: once for many rows, with all columns by name, and gives rows.
 */
export type FunctionShape = 'row' | 'batch' | 'aggregate' | 'table' | 'batches'

/** A function of the program as `udf` was told of it. */
export interface FunctionDefinition {
  readonly id: number
  readonly name: string
  readonly fn: ScalarFunction
  readonly type: DataType
  /** Types that arguments are cast to; absent: they come as they are. */
  readonly parameters: readonly DataType[] | undefined
  readonly deterministic: boolean
  readonly shape: FunctionShape
}

export interface UdfOptions {
  /** False: it may give another value for the same arguments, so calls are never computed ahead or shared. */
  readonly deterministic?: boolean
  /** Types that arguments are cast to, for instance ['int', 'string']; their number is checked. */
  readonly arguments?: readonly (string | DataType)[]
  /** What messages and columns call it; the function's own name where absent. */
  readonly name?: string
  /** The function takes a list of values for each argument, of many rows, and gives a list as long. */
  readonly vectorized?: boolean
}

/** All of the process: a Column holds no more than the number of its function. */
const definitions = new Map<number, FunctionDefinition>()

export const definitionOf = (id: number): FunctionDefinition | undefined => definitions.get(id)

/** Checks a function and gives it a number. Throws EngineError, kind `user`, for what no executor could run. */
export const defineFunction = (
  fn: ScalarFunction,
  returnType: string | DataType,
  options: UdfOptions = {},
  shape: FunctionShape = options.vectorized === true ? 'batch' : 'row',
): FunctionDefinition => {
  if (typeof fn !== 'function') throw userError('udf takes a function and the type of what it returns')
  const name = options.name ?? (fn.name === '' ? 'UDF' : fn.name)
  if (types.isAsyncFunction(fn) || (types.isGeneratorFunction(fn) && shape !== 'table' && shape !== 'batches'))
    throw userError(`udf ${name}: an async function or generator cannot compute a column: return the value itself`)
  const type = typeOf(returnType, name)
  const parameters = options.arguments?.map((each) => typeOf(each, name))
  // Accumulators, which the advice of RDDs names, are not for functions of columns.
  const warn = (message: string) => process.emitWarning(message.replace(' (use an accumulator)', ''))
  const shipper = new Shipper({ warn, moment: 'call' })
  shipper.ship(fn, `udf ${name}`)
  refuseShared(shipper, name)
  const id = definitions.size + 1
  const made = { id, name, fn, type, parameters, deterministic: options.deterministic ?? true, shape }
  definitions.set(id, made)
  return made
}

/** The same function under another name or kind, with a number of its own. */
export const redefineFunction = (
  known: FunctionDefinition,
  change: Partial<Pick<FunctionDefinition, 'name' | 'deterministic'>>,
): FunctionDefinition => {
  const made = { ...known, ...change, id: definitions.size + 1 }
  definitions.set(made.id, made)
  return made
}

/** Throws EngineError where the function holds a broadcast or accumulator of RDDs, which tasks of SQL do not have. */
export const refuseShared = (shipper: Shipper, name: string): void => {
  const kind =
    shipper.broadcasts.size > 0 ? 'a broadcast' : shipper.accumulators.size > 0 ? 'an accumulator' : undefined
  if (kind !== undefined)
    throw userError(
      `udf ${name}: it uses ${kind}, which only functions of RDDs can: ` +
        (kind === 'a broadcast' ? 'let it use the value itself, which is sent along' : 'return what is to be counted'),
    )
}

const typeOf = (type: string | DataType, name: string): DataType => {
  try {
    const made = typeof type === 'string' ? parseDataType(type) : type
    duckdbTypeOf(made)
    return made
  } catch (error) {
    if (!(error instanceof SqlError)) throw error
    throw userError(`udf ${name}: ${JSON.stringify(type)} is no type: ${error.message}`, error)
  }
}
