import type { Expression, ExpressionOf } from '../plan/expression.ts'
import { SqlError } from '../sql/sql-error.ts'
import { argumentsOf } from './call-parts.ts'

/** The lambda that argument `index` is. */
export const lambdaOf = (name: string, args: readonly Expression[], index: number): ExpressionOf<'lambda'> => {
  const argument = args[index]!
  if (argument.kind === 'lambda') return argument
  throw new SqlError(
    'DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE',
    `Argument ${index + 1} of ${name} must be a lambda function, as in x -> x + 1`,
  )
}

/** The body of an emitted lambda with `values` for its parameters. Texts and quoted names in it stay as they are. */
export const applied = (lambda: string, ...values: readonly string[]): string => {
  const [head, names] = /^lambda ([\w, ]+): /.exec(lambda) ?? []
  if (head === undefined || names === undefined) throw new Error(`No lambda: ${lambda}`)
  const places = new Map(names.split(', ').map((name, index) => [name, values[index]]))
  return lambda.slice(head.length).replace(/'(?:[^']|'')*'|"(?:[^"]|"")*"|\w+/g, (token) => places.get(token) ?? token)
}

/** A name of its own for what `applied` binds around a lambda, so that nested ones do not meet. */
export const scopeOf = (call: Expression, index: number): string => {
  const lambda = argumentsOf(call)[index]
  return lambda?.kind === 'lambda' ? `e${lambda.parameters[0]?.id ?? 0}` : 'e'
}
