import { quoteText } from '../duckdb/quote.ts'
import { DATE, type DataType, STRING } from '../types/data-type.ts'
import { castSql } from './cast.ts'
import { literal } from './coerce.ts'
import { formatted } from './date-format.ts'
import { DATE_TEXT } from './date-text.ts'
import type { SqlSettings } from './function.ts'
import { mapTimes } from './time-leaves.ts'

type Options = Readonly<Record<string, string>>

const patternOf = (options: Options, type: DataType): string | undefined =>
  options[type.kind === 'date' ? 'dateformat' : type.kind === 'timestamp' ? 'timestampformat' : 'timestampntzformat']

const TRIES: Readonly<Record<string, string>> = {
  date: 'try_to_date',
  timestamp: 'try_to_timestamp',
  timestamp_ntz: 'to_timestamp_ntz',
}

const parse = (sql: string, type: DataType, options: Options, settings: SqlSettings): string => {
  const pattern = patternOf(options, type)
  if (pattern === undefined) return castSql(sql, STRING, type, 'try', settings)
  const spark = DATE_TEXT.find(({ name, aliases }) => [name, ...(aliases ?? [])].includes(TRIES[type.kind]!))!
  const args = [{ ...literal('', STRING), nullable: true }, literal(pattern, STRING)]
  const call = { kind: 'call', name: spark.name, args, type, nullable: true } as const
  return spark.emit([sql, quoteText(pattern)], call, { ...settings, ansi: false })
}

/**
 * SQL of a value whose dates and timestamps are still texts (`@` and seconds where a number was written), with them read
 * as the options say; `failure` is SQL for what cannot be read.
 */
export const readTimes = (
  sql: string,
  type: DataType,
  options: Options,
  settings: SqlSettings,
  failure: string | undefined,
): string =>
  mapTimes(
    sql,
    type,
    (text, kind) => {
      const read = parse(text, kind, options, settings)
      const value =
        kind.kind === 'timestamp'
          ? `CASE WHEN starts_with(${text}, '@') THEN make_timestamptz(CAST(substr(${text}, 2) AS BIGINT) * 1000000) ELSE ${read} END`
          : read
      return failure === undefined ? value : `CASE WHEN ${text} IS NOT NULL THEN coalesce(${value}, ${failure}) END`
    },
    0,
    true,
  )

const ISO: Readonly<Record<string, string>> = {
  date: 'yyyy-MM-dd',
  timestamp: "yyyy-MM-dd'T'HH:mm:ss.SSSXXX",
  timestamp_ntz: "yyyy-MM-dd'T'HH:mm:ss.SSS",
}

/** SQL of a value with its dates and timestamps written as the options say, as ISO 8601 where they say nothing. */
export const writeTimes = (sql: string, type: DataType, options: Options, settings: SqlSettings): string =>
  mapTimes(sql, type, (value, kind) => {
    const pattern = patternOf(options, kind) ?? ISO[kind.kind]!
    if (kind.kind === 'date' && pattern === ISO.date) return castSql(value, DATE, STRING, 'ansi', settings)
    const instant = kind.kind === 'timestamp' ? value : `CAST(${value} AS TIMESTAMP WITH TIME ZONE)`
    return `CASE WHEN ${value} IS NOT NULL THEN ${formatted(instant, pattern, settings.timeZone)} END`
  })
