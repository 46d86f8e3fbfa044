import { STRING } from '../types/data-type.ts'
import { bindNames } from './bind-names.ts'
import type { SparkFunction } from './function.ts'
import { raise } from './raise.ts'
import { simple } from './signature.ts'

/** application/x-www-form-urlencoded: letters, digits and . - * _ stay, a space becomes +. Source: java.net.URLEncoder. */
const encoded = (text: string): string =>
  bindNames('ue', [text], (s) => {
    const bytes = `regexp_replace(hex(letter), '(..)', '%\\1', 'g')`
    const letter = `CASE WHEN letter = ' ' THEN '+' WHEN regexp_full_match(letter, '[A-Za-z0-9.*_-]') THEN letter ELSE ${bytes} END`
    return `CASE WHEN ${s} = '' THEN '' ELSE array_to_string(list_transform(string_split(${s}, ''), lambda letter: ${letter}), '') END`
  })

/** A % without two hexadecimal digits is malformed. */
const decoded = (text: string, failure: string): string =>
  bindNames('ud', [text], (s) => {
    const plain = `replace(${s}, '+', ' ')`
    return `CASE WHEN ${s} IS NULL THEN NULL WHEN regexp_matches(${s}, '%(?:[^0-9A-Fa-f]|[0-9A-Fa-f][^0-9A-Fa-f]|[0-9A-Fa-f]?$)') THEN ${failure} ELSE coalesce(TRY(url_decode(${plain})), error('[UNSUPPORTED_FEATURE] Escapes that are no UTF-8 are not decoded here')) END`
  })

export const URL_FUNCTIONS: readonly SparkFunction[] = [
  simple('url_encode', [STRING], STRING, ([s]) => encoded(s!)),
  simple('url_decode', [STRING], STRING, ([s]) =>
    decoded(s!, raise('CANNOT_DECODE_URL', 'The URL cannot be decoded: an escape is malformed')),
  ),
  simple('try_url_decode', [STRING], STRING, ([s]) => decoded(s!, 'NULL'), { nullable: true }),
]
