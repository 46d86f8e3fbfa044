import { quoteText } from '../duckdb/quote.ts'
import type { Expression } from '../plan/expression.ts'
import { SqlError } from '../sql/sql-error.ts'
import { STRING, TIMESTAMP, TIMESTAMP_NTZ } from '../types/data-type.ts'
import { bindNames } from './bind-names.ts'
import { argumentsOf, constantText, isNullLiteral } from './call-parts.ts'
import { literal } from './coerce.ts'
import type { SparkFunction } from './function.ts'
import { unsupported } from './refuse.ts'
import { anyNullable, checkCount, coerced, simple } from './signature.ts'

const FIXED = /^(?:UTC|GMT|Z|Etc\/UTC|Etc\/GMT|Zulu|UCT|Etc\/UCT)$/i

/**
 * The instant of a local time in the session's zone. Where clocks went back, Java takes the first of the two, DuckDB the
 * second; where they went forward both move on by the gap.
 */
export const instantOf = (local: string, zone: string): string => {
  const instant = `CAST(${local} AS TIMESTAMP WITH TIME ZONE)`
  if (FIXED.test(zone)) return instant
  return bindNames('it', [instant], (t) => earlier(t, (x) => `CAST(${x} AS TIMESTAMP)`))
}

const earlier = (t: string, local: (instant: string) => string): string =>
  `CASE WHEN ${local(`(${t} - to_microseconds(3600000000))`)} = ${local(t)} THEN ${t} - to_microseconds(3600000000) ELSE ${t} END`

/** A zone by its name, or so many seconds ahead of UTC. */
export type Zone = { readonly name: string } | { readonly seconds: number }

/** Reads a constant zone as Java's ZoneId does. Throws SqlError where there is none of that name. */
export const zoneOf = (text: string): Zone => {
  const offset = /^(?:UTC|GMT|UT)?([+-])(\d{1,2})(?::?(\d{2}))?(?::?(\d{2}))?$/.exec(text.trim())
  if (offset) {
    const [, sign, hours, minutes, seconds] = offset
    const size = Number(hours) * 3600 + Number(minutes ?? 0) * 60 + Number(seconds ?? 0)
    if (size > 18 * 3600 || Number(minutes ?? 0) > 59) throw unknownZone(text)
    return { seconds: sign === '-' ? -size : size }
  }
  if (FIXED.test(text)) return { seconds: 0 }
  if (!/^[A-Za-z]+(?:[/_+-][A-Za-z0-9]+)*$/.test(text) || !isKnown(text)) throw unknownZone(text)
  // Names of three letters mean other zones in Java than in the zone database.
  if (/^[A-Z]{3}$/.test(text) && !['CET', 'MET', 'WET', 'EET'].includes(text))
    throw unsupported(`The time zone ${text} is not read here; name it by region, as in America/New_York`)
  return { name: text }
}

const isKnown = (name: string): boolean => {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== undefined
  } catch (error) {
    if (error instanceof RangeError) return false
    throw error
  }
}

const unknownZone = (text: string): SqlError =>
  new SqlError(
    'INVALID_TIMEZONE',
    `The time zone ${text} is invalid; name a region such as Europe/Berlin, or an offset such as +02:00`,
  )

/** The local time (TIMESTAMP) in `zone` of a local time of UTC. */
export const fromUtc = (utc: string, zone: Zone): string =>
  'seconds' in zone
    ? `(${utc} + to_microseconds(CAST(${zone.seconds * 1_000_000} AS BIGINT)))`
    : `timezone(${quoteText(zone.name)}, make_timestamptz(epoch_us(${utc})))`

/** The local time of UTC of a local time (TIMESTAMP) in `zone`. */
export const toUtc = (local: string, zone: Zone): string => {
  if ('seconds' in zone) return `(${local} - to_microseconds(CAST(${zone.seconds * 1_000_000} AS BIGINT)))`
  const name = quoteText(zone.name)
  return bindNames(
    'tz',
    [`timezone(${name}, ${local})`],
    (t) => `make_timestamp(epoch_us(${earlier(t, (x) => `timezone(${name}, ${x})`)}))`,
  )
}

const constantZone = (name: string, index: number, call: Expression): Zone | undefined => {
  const argument = argumentsOf(call)[index]
  if (isNullLiteral(argument)) return undefined
  const text = constantText(argument)
  if (text === undefined) throw unsupported(`The time zone of ${name} must be a constant here`)
  return zoneOf(text)
}

/** Reads the instant as a clock of UTC and moves it; the session's zone takes no part. */
const shifted = (name: string, move: (local: string, zone: Zone) => string): SparkFunction =>
  simple(name, [TIMESTAMP, STRING], TIMESTAMP, ([instant], call) => {
    const zone = constantZone(name, 1, call)
    return zone === undefined
      ? 'CAST(NULL AS TIMESTAMP WITH TIME ZONE)'
      : `make_timestamptz(epoch_us(${move(`make_timestamp(epoch_us(${instant}))`, zone)}))`
  })

const convertTimezone: SparkFunction = {
  name: 'convert_timezone',
  kind: 'scalar',
  resolve: (given, settings) => {
    checkCount('convert_timezone', given, 2, 3)
    const all = given.length === 2 ? [literal(settings.timeZone, STRING), ...given] : given
    const args = all.map((_, index) =>
      coerced('convert_timezone', all, index, index === 2 ? TIMESTAMP_NTZ : STRING, settings),
    )
    return { args, type: TIMESTAMP_NTZ, nullable: anyNullable(args) }
  },
  emit: ([, , local], call) => {
    const from = constantZone('convert_timezone', 0, call)
    const to = constantZone('convert_timezone', 1, call)
    return from && to ? fromUtc(toUtc(local!, from), to) : 'CAST(NULL AS TIMESTAMP)'
  },
}

export const DATE_ZONE: readonly SparkFunction[] = [
  shifted('from_utc_timestamp', fromUtc),
  shifted('to_utc_timestamp', toUtc),
  convertTimezone,
  {
    name: 'current_timezone',
    kind: 'scalar',
    resolve: (given) => {
      checkCount('current_timezone', given, 0)
      return { args: [], type: STRING, nullable: false }
    },
    emit: (_, __, settings) => quoteText(settings.timeZone),
  },
]
