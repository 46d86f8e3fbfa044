import type { Expression } from '../plan/expression.ts'
import { SqlError } from '../sql/sql-error.ts'
import { BINARY, INTEGER, STRING } from '../types/data-type.ts'
import { bindOnce } from './bind-once.ts'
import { castTo } from './coerce.ts'
import type { SparkFunction } from './function.ts'
import { differentTypes } from './refuse.ts'
import { checkCount, coerced, simple, unified } from './signature.ts'

const argsOf = (call: Expression): readonly Expression[] => (call as { args: readonly Expression[] }).args

/** Text, or bytes where all arguments are bytes, or arrays. Null where one is null. Source: Spark's Concat. */
const concat = (name: string, least: number, most: number): SparkFunction => ({
  name,
  kind: 'scalar',
  resolve: (given, settings) => {
    checkCount(name, given, least, most)
    if (given.length === 0) return { args: [], type: STRING, nullable: false }
    const nullable = given.some((arg) => arg.nullable)
    if (given.every((arg) => arg.type.kind === 'binary')) return { args: given, type: BINARY, nullable }
    if (given.some((arg) => arg.type.kind === 'array')) {
      // A bare NULL is a text to Spark here.
      if (given.some((arg) => arg.type.kind === 'void'))
        throw differentTypes(
          name,
          given.map((arg) => arg.type),
        )
      const { args, type } = unified(name, given, settings)
      return { args, type, nullable }
    }
    return { args: given.map((_, index) => coerced(name, given, index, STRING, settings)), type: STRING, nullable }
  },
  emit: (args, call) => {
    if (args.length === 0) return "''"
    const joined = `(${args.join(' || ')})`
    if (call.type.kind !== 'array') return joined
    // DuckDB takes a missing list for an empty one.
    const missing = argsOf(call).flatMap((arg, index) => (arg.nullable ? [`${args[index]} IS NULL`] : []))
    return missing.length === 0 ? joined : `CASE WHEN ${missing.join(' OR ')} THEN NULL ELSE ${joined} END`
  },
})

/**
 * Characters from `start` on: 1 is the first, 0 too, a negative one counts from the end and may begin before the text.
 * Source: UTF8String.substringSQL.
 */
const substring = (value: string, start: string, length: string | undefined): string =>
  bindOnce([value, start, ...(length === undefined ? [] : [length])], (text, at, count) => {
    // greatest() would pass over a null.
    const from = `CASE WHEN ${at} > 0 THEN ${at} - 1 WHEN ${at} < 0 THEN length(${text}) + ${at} WHEN ${at} = 0 THEN 0 END`
    const first = `CASE WHEN ${from} < 0 THEN 0 ELSE ${from} END`
    if (count === undefined) return `substr(${text}, CAST(${first} + 1 AS BIGINT))`
    const to = `(${from}) + CAST(${count} AS BIGINT)`
    return `CASE WHEN ${to} <= 0 OR ${count} <= 0 THEN CASE WHEN ${text} IS NOT NULL AND ${at} IS NOT NULL THEN '' END ELSE substr(${text}, CAST(${first} + 1 AS BIGINT), ${to} - (${first})) END`
  })

const isPositive = (arg: Expression | undefined): boolean =>
  arg?.kind === 'literal' && typeof arg.value === 'number' && arg.value > 0

const substr: SparkFunction = {
  name: 'substring',
  aliases: ['substr', 'mid'],
  kind: 'scalar',
  resolve: (given, settings) => {
    checkCount('substring', given, 2, 3)
    if (given[0]!.type.kind === 'binary') {
      throw new SqlError('UNSUPPORTED_FEATURE', 'substring of BINARY is not computed here; cast it to STRING')
    }
    const args = [
      coerced('substring', given, 0, STRING, settings),
      ...given.slice(1).map((_, index) => coerced('substring', given, index + 1, INTEGER, settings)),
    ]
    return { args, type: STRING, nullable: args.some((arg) => arg.nullable) }
  },
  emit: ([value, start, length], call) => {
    const [, at, count] = argsOf(call)
    // Constants in the usual range mean the same in DuckDB.
    if (isPositive(at) && (count === undefined || isPositive(count))) {
      return count === undefined ? `substr(${value}, ${start})` : `substr(${value}, ${start}, ${length})`
    }
    return substring(value!, start!, length)
  },
}

/** trim(text) and trim(characters, text), as the parser hands over TRIM(BOTH characters FROM text); btrim has them the other way round. */
const trim = (name: string, duckdb: 'trim' | 'ltrim' | 'rtrim', textFirst = false): SparkFunction =>
  simple(
    name,
    [STRING, STRING],
    STRING,
    ([first, second]) => {
      if (second === undefined) return `${duckdb}(${first}, ' ')`
      return textFirst ? `${duckdb}(${first}, ${second})` : `${duckdb}(${second}, ${first})`
    },
    { optional: 1 },
  )

export const TEXT_BASIC: readonly SparkFunction[] = [
  concat('concat', 0, Number.POSITIVE_INFINITY),
  concat('||', 2, 2),
  substr,
  trim('trim', 'trim'),
  trim('btrim', 'trim', true),
  trim('ltrim', 'ltrim'),
  trim('rtrim', 'rtrim'),
  // Java writes a capital sharp s as two letters.
  simple('upper', [STRING], STRING, ([a]) => `upper(replace(${a}, 'ß', 'SS'))`, { aliases: ['ucase'] }),
  simple('lower', [STRING], STRING, ([a]) => `lower(${a})`, { aliases: ['lcase'] }),
  {
    name: 'length',
    aliases: ['char_length', 'character_length', 'len'],
    kind: 'scalar',
    resolve: (given, settings) => {
      checkCount('length', given, 1)
      const arg =
        given[0]!.type.kind === 'binary'
          ? given[0]!
          : castTo(coerced('length', given, 0, STRING, settings), STRING, settings)
      return { args: [arg], type: INTEGER, nullable: arg.nullable }
    },
    emit: ([a], call) =>
      argsOf(call)[0]!.type.kind === 'binary' ? `CAST(octet_length(${a}) AS INTEGER)` : `CAST(length(${a}) AS INTEGER)`,
  },
]
