import { quoteText } from '../duckdb/quote.ts'
import type { Expression } from '../plan/expression.ts'
import { SqlError } from '../sql/sql-error.ts'
import { BOOLEAN, STRING } from '../types/data-type.ts'
import { constantText, isNullLiteral } from './call-parts.ts'
import type { SparkFunction } from './function.ts'
import { guarded, re2Of } from './java-regex.ts'
import { unsupported } from './refuse.ts'
import { simple } from './signature.ts'

/** A pattern of Spark as one of DuckDB with the same escape. An escape stands before %, _ or itself only. Source: Spark's StringUtils.escapeLikeRegex. */
const checked = (pattern: string, escaper: string): string => {
  for (let index = 0; index < pattern.length; index++) {
    if (pattern[index] !== escaper) continue
    const next = pattern[index + 1]
    if (next === undefined) {
      throw new SqlError(
        'INVALID_FORMAT.ESC_AT_THE_END',
        `The LIKE pattern "${pattern}" must not end with its escape character`,
      )
    }
    if (next !== '%' && next !== '_' && next !== escaper) {
      throw new SqlError(
        'INVALID_FORMAT.ESC_IN_THE_MIDDLE',
        `In the LIKE pattern "${pattern}" the escape character must not stand before "${next}"`,
      )
    }
    index++
  }
  return quoteText(pattern)
}

const like = (name: 'like' | 'ilike'): SparkFunction =>
  simple(
    name,
    [STRING, STRING, STRING],
    BOOLEAN,
    ([value, pattern, escapeSql], call) => {
      const { args } = call as { args: readonly Expression[] }
      const [, given, escaping] = args
      if (
        escaping &&
        (escaping.kind !== 'literal' || typeof escaping.value !== 'string' || escaping.value.length !== 1)
      ) {
        throw new SqlError('INVALID_ESCAPE_CHAR', 'The escape of LIKE is one character')
      }
      const escaper = escaping?.kind === 'literal' ? String(escaping.value) : '\\'
      const constant = given!.kind === 'literal' && typeof given!.value === 'string' ? given!.value : undefined
      const text = constant === undefined ? pattern : checked(constant, escaper)
      // DuckDB searches for the parts of a pattern without ESCAPE, several times as fast.
      const plain = constant !== undefined && !constant.includes(escaper)
      const ending = plain ? '' : ` ESCAPE ${escapeSql ?? quoteText(escaper)}`
      return `(${value} ${name.toUpperCase()} ${text}${ending})`
    },
    { optional: 1 },
  )

export const LIKE: readonly SparkFunction[] = [
  like('like'),
  like('ilike'),
  simple(
    'rlike',
    [STRING, STRING],
    BOOLEAN,
    ([value, pattern], call) => {
      const given = (call as { args: readonly Expression[] }).args[1]!
      if (isNullLiteral(given)) return 'CAST(NULL AS BOOLEAN)'
      const text = constantText(given)
      if (text === undefined)
        throw unsupported(`rlike takes a constant pattern only, not ${pattern}, which is computed`)
      const found = re2Of(text, 'rlike')
      return guarded(value!, found, `regexp_matches(${value}, ${quoteText(found.source)})`)
    },
    { aliases: ['regexp', 'regexp_like'] },
  ),
]
