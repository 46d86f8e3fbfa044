import type { Expression } from '../plan/expression.ts'
import { commonType, type Expected, implicitType } from '../types/coercion.ts'
import type { DataType } from '../types/data-type.ts'
import { sqlTypeName } from '../types/type-name.ts'
import { castTo } from './coerce.ts'
import type { ResolvedCall, SparkFunction, SqlSettings } from './function.ts'
import { differentTypes, wrongCount, wrongType } from './refuse.ts'

const expectedName = (expected: Expected): string => {
  if (typeof expected !== 'string') return sqlTypeName(expected)
  return expected === 'any' ? 'a value' : `${/^[aeiou]/.test(expected) ? 'an' : 'a'} ${expected} value`
}

/** How many arguments there must be. */
export const checkCount = (name: string, args: readonly unknown[], least: number, most = least): void => {
  if (args.length >= least && args.length <= most) return
  const range =
    most === Number.POSITIVE_INFINITY ? `${least} or more` : least === most ? `${least}` : `${least} to ${most}`
  throw wrongCount(name, range, args.length)
}

/** One argument as `expected` wants it. */
export const coerced = (
  name: string,
  args: readonly Expression[],
  index: number,
  expected: Expected,
  settings: SqlSettings,
): Expression => {
  const argument = args[index]!
  const type = implicitType(argument.type, expected)
  if (!type) throw wrongType(name, index, expectedName(expected), argument.type)
  return castTo(argument, type, settings)
}

/** All arguments in their common type. */
export const unified = (
  name: string,
  args: readonly Expression[],
  settings: SqlSettings,
): { readonly args: readonly Expression[]; readonly type: DataType } => {
  const type = commonType(
    args.map((arg) => arg.type),
    settings,
  )
  if (!type) {
    throw differentTypes(
      name,
      args.map((arg) => arg.type),
      'DATATYPE_MISMATCH.DATA_DIFF_TYPES',
    )
  }
  return { args: args.map((arg) => castTo(arg, type, settings)), type }
}

export const anyNullable = (args: readonly Expression[]): boolean => args.some((arg) => arg.nullable)

export interface SimpleOptions {
  readonly aliases?: readonly string[]
  /** Trailing parameters that may be left out. */
  readonly optional?: number
  /** The result may be null though no argument is. */
  readonly nullable?: boolean
  readonly deterministic?: false
  /** Arguments are cast from NULL only: Spark's ExpectsInputTypes without implicit casts. */
  readonly exact?: true
}

type Emit = (args: readonly string[], call: Expression, settings: SqlSettings) => string

const checkExact = (name: string, args: readonly Expression[], parameters: readonly Expected[]): void => {
  for (const [index, { type }] of args.entries()) {
    const expected = parameters[index]!
    if (typeof expected === 'string' || type.kind === 'void' || type.kind === expected.kind) continue
    throw wrongType(name, index, expectedName(expected), type)
  }
}

/** A scalar function of fixed parameters, null where an argument is null. */
export const simple = (
  name: string,
  parameters: readonly Expected[],
  result: DataType | ((args: readonly Expression[]) => DataType),
  emit: Emit,
  options: SimpleOptions = {},
): SparkFunction => ({
  name,
  ...(options.aliases && { aliases: options.aliases }),
  kind: 'scalar',
  resolve: (given, settings): ResolvedCall => {
    checkCount(name, given, parameters.length - (options.optional ?? 0), parameters.length)
    if (options.exact) checkExact(name, given, parameters)
    const args = given.map((_, index) => coerced(name, given, index, parameters[index]!, settings))
    return {
      args,
      type: typeof result === 'function' ? result(args) : result,
      nullable: options.nullable === true || anyNullable(args),
    }
  },
  emit,
  ...(options.deterministic === false && { deterministic: false as const }),
})
