import { quoteText } from '../duckdb/quote.ts'
import type { Expression } from '../plan/expression.ts'
import { DATE, type DataType, LONG, STRING, TIMESTAMP, TIMESTAMP_NTZ } from '../types/data-type.ts'
import { duckdbTypeOf } from '../types/duckdb-type.ts'
import { isDatetime } from '../types/same-type.ts'
import { bindNames } from './bind-names.ts'
import { argumentsOf, constantText, isNullLiteral } from './call-parts.ts'
import { cast, castTo } from './coerce.ts'
import { formatted } from './date-format.ts'
import { type ParsedText, parsed } from './date-parse.ts'
import { instantOf } from './date-zone.ts'
import type { ResolvedCall, SparkFunction, SqlSettings } from './function.ts'
import { raiseText } from './raise.ts'
import { unsupported, wrongType } from './refuse.ts'
import { anyNullable, checkCount, coerced, simple } from './signature.ts'

const PLAIN = 'yyyy-MM-dd HH:mm:ss'

/** The pattern an argument is; undefined for NULL. */
const patternOf = (name: string, argument: Expression | undefined): string | undefined => {
  if (isNullLiteral(argument)) return undefined
  const text = argument === undefined ? PLAIN : constantText(argument)
  if (text === undefined) throw unsupported(`The pattern of ${name} must be a constant here`)
  return text
}

const dateFormat = simple('date_format', [TIMESTAMP, STRING], STRING, ([instant], call, settings) => {
  const pattern = patternOf('date_format', argumentsOf(call)[1])
  if (pattern === undefined) return 'CAST(NULL AS VARCHAR)'
  return bindNames('df', [instant!], (t) => formatted(t, pattern, settings.timeZone))
})

const fromUnixtime = simple(
  'from_unixtime',
  [LONG, STRING],
  STRING,
  ([seconds], call, settings) => {
    const pattern = patternOf('from_unixtime', argumentsOf(call)[1])
    if (pattern === undefined) return 'CAST(NULL AS VARCHAR)'
    return bindNames('fu', [`make_timestamptz(CAST(${seconds} * 1000000 AS BIGINT))`], (t) =>
      formatted(t, pattern, settings.timeZone),
    )
  },
  { optional: 1 },
)

type Kind = 'date' | 'timestamp' | 'timestamp_ntz' | 'seconds'

const RESULT: Readonly<Record<Kind, DataType>> = {
  date: DATE,
  timestamp: TIMESTAMP,
  timestamp_ntz: TIMESTAMP_NTZ,
  seconds: LONG,
}

/** What the parts of a text are as a value of the result. */
const resultOf =
  (kind: Kind, zone: string) =>
  ({ local, offset }: ParsedText): string => {
    const instant =
      offset === undefined
        ? instantOf(local, zone)
        : `make_timestamptz(epoch_us(${local}) - CAST(${offset} AS BIGINT) * 1000000)`
    switch (kind) {
      case 'date':
        return `CAST(${offset === undefined ? local : `CAST(${instant} AS TIMESTAMP)`} AS DATE)`
      case 'timestamp':
        return instant
      case 'timestamp_ntz':
        return local
      case 'seconds':
        return secondsOf(instant)
    }
  }

/** Whole seconds since the epoch, rounded down. */
export const secondsOf = (instant: string): string =>
  `CAST((epoch_us(${instant}) - ((epoch_us(${instant}) % 1000000) + 1000000) % 1000000) // 1000000 AS BIGINT)`

const cannotParse = (text: string, pattern: string): string =>
  raiseText(
    `'[CANNOT_PARSE_TIMESTAMP] The text ''' || ${text} || ''' does not fit the pattern ''' || ${quoteText(pattern)} || '''. Use try_to_timestamp to tolerate invalid input and return NULL instead.'`,
  )

interface Options {
  readonly name: string
  readonly aliases?: readonly string[]
  readonly kind: Kind
  readonly try?: true
}

/** Texts by a pattern; dates and timestamps are cast. Without a pattern a cast is all, or the pattern that unix_timestamp has. */
const parser = ({ name, aliases, kind, try: tries }: Options): SparkFunction => {
  const type = RESULT[kind]
  const target = kind === 'seconds' ? TIMESTAMP : type
  const resolve = (given: readonly Expression[], settings: SqlSettings): ResolvedCall => {
    checkCount(name, given, 1, 2)
    const value = given[0]!
    const isText = value.type.kind === 'string' || value.type.kind === 'void'
    const pattern = given[1] === undefined ? [] : [coerced(name, given, 1, STRING, settings)]
    if (isText && (kind === 'seconds' || pattern.length > 0)) {
      const args = [castTo(value, STRING, settings), ...pattern]
      return { args, type, nullable: tries === true || !settings.ansi || anyNullable(args) }
    }
    if (kind === 'seconds' && !isDatetime(value.type))
      throw wrongType(name, 0, 'a text, a date or a timestamp', value.type)
    // A local timestamp counts as one of UTC here.
    if (kind === 'seconds' && value.type.kind === 'timestamp_ntz')
      return { args: [value, ...pattern], type, nullable: value.nullable || anyNullable(pattern) }
    const readable = kind === 'timestamp' || isText || isDatetime(value.type) ? value : castTo(value, STRING, settings)
    const cast_ =
      tries && readable.type.kind === 'string' ? cast(readable, target, 'try') : castTo(readable, target, settings)
    // A marker tells `emit` that there is nothing left to read.
    return { args: [cast_, ...pattern], type, nullable: cast_.nullable || anyNullable(pattern) }
  }
  return {
    name,
    ...(aliases && { aliases }),
    kind: 'scalar',
    resolve,
    emit: ([text], call, settings) => {
      const [value, given] = argumentsOf(call)
      const nothing = `CAST(NULL AS ${duckdbTypeOf(type)})`
      if (given && isNullLiteral(given)) return nothing
      if (value!.type.kind !== 'string') return kind === 'seconds' ? bindNames('us', [text!], secondsOf) : text!
      const pattern = patternOf(name, given)
      if (pattern === undefined) return nothing
      return bindNames('dp', [text!], (s) => {
        const read = parsed(s, pattern, resultOf(kind, settings.timeZone))
        return tries || !settings.ansi
          ? read
          : `CASE WHEN ${s} IS NOT NULL THEN coalesce(${read}, ${cannotParse(s, pattern)}) END`
      })
    },
  }
}

const now = (name: string): SparkFunction => ({ ...parser({ name, kind: 'seconds' }), name })

const unixTimestamp: SparkFunction = {
  ...now('unix_timestamp'),
  resolve: (given, settings) =>
    given.length === 0 ? { args: [], type: LONG, nullable: false } : now('unix_timestamp').resolve(given, settings),
  emit: (args, call, settings) =>
    args.length === 0 ? secondsOf('now()') : now('unix_timestamp').emit(args, call, settings),
}

export const DATE_TEXT: readonly SparkFunction[] = [
  dateFormat,
  fromUnixtime,
  parser({ name: 'to_date', kind: 'date' }),
  parser({ name: 'try_to_date', kind: 'date', try: true }),
  parser({ name: 'to_timestamp', aliases: ['to_timestamp_ltz'], kind: 'timestamp' }),
  parser({ name: 'to_timestamp_ntz', kind: 'timestamp_ntz' }),
  parser({ name: 'try_to_timestamp', kind: 'timestamp', try: true }),
  parser({ name: 'to_unix_timestamp', kind: 'seconds' }),
  unixTimestamp,
]
