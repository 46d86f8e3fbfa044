import { SqlError } from '../sql/sql-error.ts'
import type { ExpressionSyntax } from '../sql/syntax.ts'
import { STRING } from '../types/data-type.ts'
import type { FunctionDefinition } from './user-function.ts'

type Call = ExpressionSyntax & { readonly kind: 'call' }

const plain = ({ id }: FunctionDefinition, name: string, args: readonly ExpressionSyntax[], at: Call['at']) =>
  ({ kind: 'udf', id, name, args, ...(at === undefined ? {} : { at }) }) as const

/** A call of a function of the program as syntax. Throws SqlError for DISTINCT and the like where they mean nothing. */
export const callSyntax = (definition: FunctionDefinition, call: Call): ExpressionSyntax => {
  const { name, args, at } = call
  const { shape } = definition
  const aggregate = shape === 'aggregate'
  const unsupported =
    (!aggregate && call.distinct === true && 'DISTINCT') ||
    (!aggregate && call.filter !== undefined && 'FILTER') ||
    (call.withinGroup !== undefined && 'WITHIN GROUP') ||
    (call.ignoreNulls === true && 'IGNORE NULLS') ||
    (!aggregate && call.over !== undefined && 'OVER')
  if (unsupported !== false)
    throw new SqlError(
      'INVALID_SQL_SYNTAX.FUNCTION_WITH_UNSUPPORTED_SYNTAX',
      `The function ${name} of the program does not support ${unsupported}`,
      at,
    )
  switch (shape) {
    case 'row':
    case 'batch':
    case 'batches':
      return plain(definition, name, args, at)
    // The rows of a group come together as a list of structs: a null among the values stays.
    case 'aggregate': {
      const fields = args.flatMap((arg, index): readonly ExpressionSyntax[] => [
        { kind: 'literal', value: `_${index + 1}`, type: STRING },
        arg,
      ])
      const row: ExpressionSyntax = { kind: 'call', name: 'named_struct', args: fields }
      const rows: ExpressionSyntax = { ...call, name: 'collect_list', args: [row] }
      return { ...plain(definition, name, [rows], at), shown: args }
    }
    case 'table':
      return {
        kind: 'call',
        name: 'inline',
        args: [plain(definition, name, args, at)],
        ...(at === undefined ? {} : { at }),
      }
  }
}
