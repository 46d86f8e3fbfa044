import type { DataType } from '../../types/data-type.ts'
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

export const isUserDefined = (fn: unknown): fn is UserDefinedFunction =>
  typeof fn === 'function' && made.has(fn as UserDefinedFunction)

const made = new WeakSet<UserDefinedFunction>()

const callable = (definition: FunctionDefinition): UserDefinedFunction => {
  const { id, name } = definition
  const call = (...args: readonly (Column | Literal)[]): Column =>
    new Column({
      kind: 'udf',
      id,
      name,
      args: args.map((arg) => (typeof arg === 'string' ? columnSyntax(arg) : syntaxOf(arg))),
    })
  const fn: UserDefinedFunction = Object.assign(call, {
    definition,
    withName: (other: string) => callable(redefineFunction(definition, { name: other })),
    asNondeterministic: () => callable(redefineFunction(definition, { deterministic: false })),
  })
  made.add(fn)
  return fn
}
