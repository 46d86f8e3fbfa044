import { quoteText } from '../duckdb/quote.ts'
import type { Expression } from '../plan/expression.ts'
import { SqlError } from '../sql/sql-error.ts'
import { array, type DataType, INTEGER, STRING } from '../types/data-type.ts'
import { bindNames } from './bind-names.ts'
import { argumentsOf, constantInteger, constantText, isNullLiteral } from './call-parts.ts'
import type { SparkFunction } from './function.ts'
import { guarded, type Re2Pattern, re2Of } from './java-regex.ts'
import { raise } from './raise.ts'
import { unsupported } from './refuse.ts'
import { simple } from './signature.ts'

/** The constant pattern that argument 2 is; undefined for NULL. */
const patternOf = (name: string, call: Expression): Re2Pattern | undefined => {
  const argument = argumentsOf(call)[1]
  if (isNullLiteral(argument)) return undefined
  const text = constantText(argument)
  if (text === undefined) throw unsupported(`${name} takes a constant pattern only, not one computed of columns`)
  return re2Of(text, name)
}

const notEmpty = (name: string, pattern: Re2Pattern): void => {
  if (pattern.nullable)
    throw unsupported(`${name} with a pattern that matches the empty text is not computed here; write + for * or ?`)
}

const groupOf = (name: string, call: Expression): number | undefined => {
  const argument = argumentsOf(call)[2]
  if (isNullLiteral(argument)) return undefined
  const group = argument === undefined ? 1 : (constantInteger(argument) ?? Number(constantText(argument) ?? Number.NaN))
  if (!Number.isInteger(group)) throw unsupported(`The group of ${name} must be a constant here`)
  if (group > 9) throw unsupported(`${name} gives the groups 0 to 9 only here`)
  return group
}

/** Spark finds the group missing only where the pattern matches. */
const noGroup = (s: string, pattern: Re2Pattern, group: number, otherwise: string): string => {
  const failure = raise(
    'INVALID_PARAMETER_VALUE.REGEX_GROUP_INDEX',
    `The group must be between 0 and ${pattern.groups}, it is ${group}`,
  )
  return `CASE WHEN regexp_matches(${s}, ${quoteText(pattern.source)}) THEN ${failure} WHEN ${s} IS NOT NULL THEN ${otherwise} END`
}

const patterned = (
  name: string,
  more: readonly DataType[],
  result: DataType,
  emit: (text: string, pattern: Re2Pattern, call: Expression) => string | undefined,
  nothing: string,
): SparkFunction =>
  simple(
    name,
    [STRING, STRING, ...more],
    result,
    ([text], call) => {
      const pattern = patternOf(name, call)
      if (!pattern) return `CAST(NULL AS ${nothing})`
      return bindNames('rx', [text!], (s) => {
        const sql = emit(s, pattern, call)
        return sql === undefined ? `CAST(NULL AS ${nothing})` : guarded(s, pattern, sql)
      })
    },
    { optional: more.length },
  )

/** Java's replacement: $1, ${name}, and \ before a character that stands for itself. RE2 writes \1. */
const replacementOf = (text: string, pattern: Re2Pattern): string => {
  let result = ''
  const wrong = (): never => {
    throw new SqlError('INVALID_REGEXP_REPLACE', `${JSON.stringify(text)} is no replacement of regexp_replace`)
  }
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!
    if (character === '\\') {
      const next = text[++at] ?? wrong()
      result += next === '\\' ? '\\\\' : next
    } else if (character === '$') {
      const named = /^\{([A-Za-z][A-Za-z0-9]*)\}/.exec(text.slice(at + 1))
      if (named) {
        result += `\\${pattern.names.get(named[1]!) ?? wrong()}`
        at += named[0].length
        continue
      }
      if (!/\d/.test(text[at + 1] ?? '')) wrong()
      let group = Number(text[++at])
      while (/\d/.test(text[at + 1] ?? '') && group * 10 + Number(text[at + 1]) <= pattern.groups)
        group = group * 10 + Number(text[++at])
      if (group > pattern.groups) wrong()
      if (group > 9) throw unsupported('regexp_replace puts in the groups 0 to 9 only here')
      result += `\\${group}`
    } else result += character
  }
  return result
}

const regexpReplace: SparkFunction = simple(
  'regexp_replace',
  [STRING, STRING, STRING, INTEGER],
  STRING,
  ([text, , , position], call) => {
    const pattern = patternOf('regexp_replace', call)
    const replacement = argumentsOf(call)[2]
    if (!pattern || isNullLiteral(replacement)) return 'CAST(NULL AS VARCHAR)'
    const by = constantText(replacement)
    if (by === undefined) throw unsupported('The replacement of regexp_replace must be a constant here')
    const start = argumentsOf(call)[3]
    const from = start === undefined ? 1 : constantInteger(start)
    if (from !== undefined && from < 1)
      throw new SqlError(
        'DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE',
        `The position of regexp_replace must be above 0, it is ${from}`,
      )
    notEmpty('regexp_replace', pattern)
    const all = (s: string): string =>
      pattern.literal === undefined || by.includes('$') || by.includes('\\')
        ? `regexp_replace(${s}, ${quoteText(pattern.source)}, ${quoteText(replacementOf(by, pattern))}, 'g')`
        : `replace(${s}, ${quoteText(pattern.literal)}, ${quoteText(by)})`
    return bindNames('rr', position === undefined ? [text!] : [text!, position], (s, p) =>
      guarded(
        s,
        pattern,
        p === undefined
          ? all(s)
          : `CASE WHEN ${p} = 1 THEN ${all(s)} WHEN ${p} <= length(${s}) THEN left(${s}, ${p} - 1) || ${all(`substr(${s}, ${p})`)} WHEN ${p} IS NOT NULL THEN ${s} END`,
      ),
    )
  },
  { optional: 1 },
)

/** The parts between the matches; the last of `limit` parts is the rest. */
const split = simple(
  'split',
  [STRING, STRING, INTEGER],
  array(STRING, false),
  ([text, , count], call) => {
    const argument = argumentsOf(call)[1]
    if (isNullLiteral(argument)) return 'CAST(NULL AS VARCHAR[])'
    const given = constantText(argument)
    if (given === undefined) throw unsupported('split takes a constant pattern only, not one computed of columns')
    const limit = argumentsOf(call)[2] === undefined ? -1 : constantInteger(argumentsOf(call)[2])
    if (isNullLiteral(argumentsOf(call)[2])) return 'CAST(NULL AS VARCHAR[])'
    if (limit === undefined) throw unsupported(`The limit of split must be a constant here, not ${count}`)
    if (given === '') return bindNames('sl', [text!], (s) => letters(s, limit))
    const pattern = re2Of(given, 'split')
    notEmpty('split', pattern)
    const source = quoteText(pattern.source)
    const parts = (s: string): string =>
      pattern.literal === undefined
        ? `regexp_split_to_array(${s}, ${source})`
        : `string_split(${s}, ${quoteText(pattern.literal)})`
    if (limit <= 0) return bindNames('sl', [text!], (s) => guarded(s, pattern, parts(s)))
    return bindNames('sl', [text!], (s) => {
      const before = (list: string) =>
        `coalesce(list_sum(list_transform(list_slice(${list}, 1, ${limit - 1}), lambda part: length(part))), 0)`
      const matches = `regexp_extract_all(${s}, ${source}, 0)`
      const rest = `substr(${s}, CAST(1 + ${before(parts(s))} + ${before(matches)} AS BIGINT))`
      return guarded(
        s,
        pattern,
        `CASE WHEN len(${parts(s)}) <= ${limit} THEN ${parts(s)} ELSE list_append(list_slice(${parts(s)}, 1, ${limit - 1}), ${rest}) END`,
      )
    })
  },
  { optional: 1 },
)

/** An empty pattern parts all characters; an empty text stays one. */
const letters = (s: string, limit: number): string => {
  const all = `string_split(${s}, '')`
  const cut =
    limit > 0
      ? `CASE WHEN length(${s}) <= ${limit} THEN ${all} ELSE list_append(list_slice(${all}, 1, ${limit - 1}), substr(${s}, ${limit})) END`
      : all
  return `CASE WHEN ${s} = '' THEN [''] ELSE ${cut} END`
}

export const STRING_REGEXP: readonly SparkFunction[] = [
  regexpReplace,
  split,
  patterned(
    'regexp_extract',
    [INTEGER],
    STRING,
    (s, pattern, call) => {
      const group = groupOf('regexp_extract', call)
      if (group === undefined) return undefined
      if (group < 0 || group > pattern.groups) return noGroup(s, pattern, group, "''")
      return `coalesce(regexp_extract(${s}, ${quoteText(pattern.source)}, ${group}), CASE WHEN ${s} IS NOT NULL THEN '' END)`
    },
    'VARCHAR',
  ),
  patterned(
    'regexp_extract_all',
    [INTEGER],
    array(STRING),
    (s, pattern, call) => {
      const group = groupOf('regexp_extract_all', call)
      notEmpty('regexp_extract_all', pattern)
      if (group === undefined) return undefined
      if (group < 0 || group > pattern.groups) return noGroup(s, pattern, group, 'CAST([] AS VARCHAR[])')
      return `list_transform(regexp_extract_all(${s}, ${quoteText(pattern.source)}, ${group}), lambda part: coalesce(part, ''))`
    },
    'VARCHAR[]',
  ),
  patterned(
    'regexp_count',
    [],
    INTEGER,
    (s, pattern) => {
      notEmpty('regexp_count', pattern)
      return `CAST(len(regexp_extract_all(${s}, ${quoteText(pattern.source)}, 0)) AS INTEGER)`
    },
    'INTEGER',
  ),
  patterned(
    'regexp_substr',
    [],
    STRING,
    (s, pattern) => `nullif(regexp_extract(${s}, ${quoteText(pattern.source)}, 0), '')`,
    'VARCHAR',
  ),
  patterned(
    'regexp_instr',
    [INTEGER],
    INTEGER,
    (s, pattern, call) => {
      if (isNullLiteral(argumentsOf(call)[2])) return undefined
      const before = `regexp_extract(${s}, ${quoteText(`\\A((?s:.)*?)(?:${pattern.source})`)}, 1)`
      return `CAST(CASE WHEN regexp_matches(${s}, ${quoteText(pattern.source)}) THEN length(${before}) + 1 WHEN ${s} IS NOT NULL THEN 0 END AS INTEGER)`
    },
    'INTEGER',
  ),
]
