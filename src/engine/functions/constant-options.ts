import type { Expression } from '../plan/expression.ts'
import { SqlError } from '../sql/sql-error.ts'
import { argumentsOf, constantText, isNullLiteral } from './call-parts.ts'
import { unsupported } from './refuse.ts'

/** The constant map of options a reader or writer is given; names in small letters. Throws SqlError for one not in `known`. */
export const constantOptions = (
  name: string,
  argument: Expression | undefined,
  known: readonly string[],
): Readonly<Record<string, string>> => {
  if (argument === undefined) return {}
  if (argument.kind !== 'call' || argument.name !== 'map')
    throw new SqlError(
      'INVALID_OPTIONS.NON_MAP_FUNCTION',
      `The options of ${name} are written as map('name', 'value', …)`,
    )
  const args = argumentsOf(argument)
  const texts = args.map((arg) => (isNullLiteral(arg) ? undefined : constantText(arg)))
  const options: Record<string, string> = {}
  for (let index = 0; index < texts.length; index += 2) {
    const [key, value] = [texts[index], texts[index + 1]]
    if (key === undefined || value === undefined)
      throw new SqlError('INVALID_OPTIONS.NON_STRING_TYPE', `The options of ${name} are constant texts`)
    if (!known.includes(key.toLowerCase())) throw unsupported(`The option ${key} of ${name} is not known here`)
    options[key.toLowerCase()] = value
  }
  return options
}

export const flag = (options: Readonly<Record<string, string>>, name: string, absent: boolean): boolean =>
  name in options ? options[name]!.toLowerCase() === 'true' : absent
