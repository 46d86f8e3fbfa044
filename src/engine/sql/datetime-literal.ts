import { SqlError } from './sql-error.ts'

const DATE_TEXT = /^([+-]?\d{4,7})(?:-(\d{1,2})(?:-(\d{1,2})(?:[ T].*)?)?)?$/s
const TIMESTAMP_TEXT =
  /^([+-]?\d{4,7})(?:-(\d{1,2})(?:-(\d{1,2})(?:[ T]\s*(?:(\d{1,2})(?::(\d{1,2})(?::(\d{1,2})(?:\.(\d*))?\s*([A-Za-z+-].*)?)?)?)?)?)?)?$/s
const OFFSET = /^(?:UTC|GMT|UT)?([+-])(\d{1,2})(?::?(\d{2}))?(?::?(\d{2}))?$/i
const SPECIAL = new Set(['now', 'today', 'tomorrow', 'yesterday'])
const DAY_MS = 86_400_000

const invalid = (type: string, text: string, why: string): SqlError =>
  new SqlError('INVALID_TYPED_LITERAL', `'${text}' is no ${type}: ${why}.`)

const refuseSpecial = (type: string, text: string): void => {
  if (SPECIAL.has(text.toLowerCase())) {
    throw new SqlError(
      'UNSUPPORTED_FEATURE',
      `${type} '${text}' is not supported; use current_date() or current_timestamp() and intervals.`,
    )
  }
}

const epochDay = (year: number, month: number, day: number): number | undefined => {
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day ? date.getTime() / DAY_MS : undefined
}

/** Days since the epoch of a DATE literal's text. Spark's forms: yyyy, yyyy-m, yyyy-m-d, and what follows a space or T is ignored. */
export const parseDateText = (text: string): number => {
  const trimmed = text.trim()
  if (trimmed.toLowerCase() === 'epoch') return 0
  refuseSpecial('DATE', trimmed)
  const parts = DATE_TEXT.exec(trimmed)
  if (parts === null) throw invalid('DATE', text, 'write yyyy-MM-dd')
  const days = epochDay(Number(parts[1]), Number(parts[2] ?? 1), Number(parts[3] ?? 1))
  if (days === undefined) throw invalid('DATE', text, 'there is no such day')
  return days
}

/** Minutes and seconds of offset, or the name of a zone, as Temporal takes it. */
const zoneOf = (text: string): { readonly offsetSeconds: number } | { readonly zone: string } => {
  if (/^(z|utc|gmt|ut)$/i.test(text)) return { offsetSeconds: 0 }
  const offset = OFFSET.exec(text)
  if (offset === null) return { zone: text }
  const seconds = Number(offset[2]) * 3600 + Number(offset[3] ?? 0) * 60 + Number(offset[4] ?? 0)
  return { offsetSeconds: offset[1] === '-' ? -seconds : seconds }
}

/**
 * Microseconds of a TIMESTAMP literal's text: since the epoch with its own zone or `timeZone`; with `timeZone`
 * undefined (TIMESTAMP_NTZ) as the clock on the wall, a zone being ignored, as in Spark. A local time that a change of
 * clocks skips moves on by the gap; one that is there twice is the earlier.
 */
export const parseTimestampText = (text: string, timeZone: string | undefined): bigint => {
  const type = timeZone === undefined ? 'TIMESTAMP_NTZ' : 'TIMESTAMP'
  const trimmed = text.trim()
  if (trimmed.toLowerCase() === 'epoch') return 0n
  refuseSpecial(type, trimmed)
  const parts = TIMESTAMP_TEXT.exec(trimmed)
  if (parts === null) throw invalid(type, text, 'write yyyy-MM-dd HH:mm:ss')
  const [year, month, day, hour, minute, second] = [1, 2, 3, 4, 5, 6].map((i) =>
    Number(parts[i] ?? (i === 2 || i === 3 ? 1 : 0)),
  ) as [number, number, number, number, number, number]
  const days = epochDay(year, month, day)
  if (days === undefined || hour > 23 || minute > 59 || second > 59) {
    throw invalid(type, text, 'there is no such day or time')
  }
  const micros = BigInt((parts[7] ?? '').slice(0, 6).padEnd(6, '0'))
  const local = (BigInt(days) * 86_400n + BigInt(hour * 3600 + minute * 60 + second)) * 1_000_000n + micros
  if (timeZone === undefined) return local
  const zone = zoneOf(parts[8]?.trim() ?? timeZone)
  if ('offsetSeconds' in zone) return local - BigInt(zone.offsetSeconds) * 1_000_000n
  try {
    const wall = new Temporal.PlainDateTime(year, month, day, hour, minute, second)
    const nanoseconds = wall.toZonedDateTime(zone.zone, { disambiguation: 'compatible' }).epochNanoseconds
    return nanoseconds / 1000n + micros
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause
    throw new SqlError(
      'INVALID_TYPED_LITERAL',
      `'${text}' is no ${type}: there is no time zone ${zone.zone}.`,
      undefined,
      {
        cause,
      },
    )
  }
}
