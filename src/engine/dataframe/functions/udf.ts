import { parseTableSchema } from '../../sql/parse.ts'
import { array, type DataType, type StructType } from '../../types/data-type.ts'
import { type Aggregator, aggregateOf } from '../../udf/aggregator.ts'
import { callSyntax } from '../../udf/call-syntax.ts'
import {
  defineFunction,
  type FunctionDefinition,
  redefineFunction,
  type ScalarFunction,
  type UdfOptions,
} from '../../udf/user-function.ts'
import { Column, columnSyntax, syntaxOf } from '../column.ts'
import type { Literal } from '../literal.ts'

/** A function of the program as one of columns: a text is the name of a column, other constants are constants. */
export interface UserDefinedFunction {
  (...args: readonly (Column | Literal)[]): Column
  readonly definition: FunctionDefinition
  /** The same, named otherwise in columns and messages. */
  withName(name: string): UserDefinedFunction
  /** The same, but it may give another value for the same arguments: no call is computed ahead or shared. */
  asNondeterministic(): UserDefinedFunction
}

/**
 * Makes a function of the program callable in `select`, `filter`, `agg` …: `udf((a, b) => a + b, 'int')`. It is called
 * once a row where the rows are (on executors: as its text with copies of the values it captures), gets values as
 * `collect` gives them, null included, and returns a value of `returnType`: null or undefined is null. Throws
 * EngineError, kind `user`, for a function or captured value that cannot be sent.
 */
export const udf = (fn: ScalarFunction, returnType: string | DataType, options: UdfOptions = {}): UserDefinedFunction =>
  callable(defineFunction(fn, returnType, options))

/**
 * An aggregate of the program: `udaf({ zero, reduce, merge, finish }, 'double')`, called as `udf` gives them, for groups
 * and over windows. The values of a group come together in one task.
 */
export const udaf = <B, Out>(
  aggregator: Aggregator<B, Out>,
  returnType: string | DataType,
  options: Omit<UdfOptions, 'arguments' | 'vectorized'> = {},
): UserDefinedFunction =>
  callable(defineFunction(aggregateOf(aggregator), returnType, { name: 'UDAF', ...options }, 'aggregate'))

/**
 * A table function of the program: gives rows (a list, or as a generator) of the shape `schema` (`word STRING, n INT`)
 * for each row of its arguments. In SQL, once registered: `FROM f(1)`, `FROM t, LATERAL f(t.x)`, `LATERAL VIEW f(x)`.
 */
export const udtf = (
  fn: ScalarFunction,
  schema: string | StructType,
  options: Omit<UdfOptions, 'arguments' | 'vectorized'> = {},
): UserDefinedFunction => {
  const row = typeof schema === 'string' ? parseTableSchema(schema) : schema
  return callable(defineFunction(fn, array(row), options, 'table'))
}

export const isUserDefined = (fn: unknown): fn is UserDefinedFunction =>
  typeof fn === 'function' && made.has(fn as UserDefinedFunction)

const made = new WeakSet<UserDefinedFunction>()

const callable = (definition: FunctionDefinition): UserDefinedFunction => {
  const { name } = definition
  const call = (...args: readonly (Column | Literal)[]): Column =>
    new Column(
      callSyntax(definition, {
        kind: 'call',
        name,
        args: args.map((arg) => (typeof arg === 'string' ? columnSyntax(arg) : syntaxOf(arg))),
      }),
    )
  const fn: UserDefinedFunction = Object.assign(call, {
    definition,
    withName: (other: string) => callable(redefineFunction(definition, { name: other })),
    asNondeterministic: () => callable(redefineFunction(definition, { deterministic: false })),
  })
  made.add(fn)
  return fn
}
