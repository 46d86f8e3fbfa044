import type { AnalysisSettings } from '../analysis/context.ts'
import { type Conf, confBoolean } from '../conf.ts'
import { userError } from '../errors.ts'

/** Spark's settings that change what SQL means, with Spark's defaults. Throws EngineError for values that cannot be read. */
export const querySettings = (conf: Conf): AnalysisSettings => ({
  ansi: confBoolean(conf, 'spark.sql.ansi.enabled', true),
  timeZone: timeZone(conf),
  caseSensitive: confBoolean(conf, 'spark.sql.caseSensitive', false),
  groupByOrdinal: confBoolean(conf, 'spark.sql.groupByOrdinal', true),
  orderByOrdinal: confBoolean(conf, 'spark.sql.orderByOrdinal', true),
  groupByAliases: confBoolean(conf, 'spark.sql.groupByAliases', true),
})

export const timeZone = (conf: Conf): string => {
  const zone = conf['spark.sql.session.timeZone'] ?? 'UTC'
  if (zone === 'UTC') return zone
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone === '' ? 'UTC' : zone
  } catch (error) {
    throw userError(
      `spark.sql.session.timeZone is "${zone}", which is no time zone: give a name such as Europe/Berlin`,
      error,
    )
  }
}

/** DuckDB settings of a session where they are not those of a new connection, on every connection that works for it. */
export const sessionSettings = (conf: Conf): Readonly<Record<string, string>> => {
  const zone = timeZone(conf)
  return zone === 'UTC' ? {} : { TimeZone: zone }
}
