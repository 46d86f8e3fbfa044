import type { Conf } from '../conf.ts'
import type { Connection } from '../duckdb/database.ts'
import { quoteText } from '../duckdb/quote.ts'
import type { Engine } from '../engine.ts'
import { sessionSettings } from './query-settings.ts'

/** A connection of the driver with the session's settings. */
export const withDriver = async <T>(
  engine: Engine,
  conf: Conf,
  use: (connection: Connection) => Promise<T>,
): Promise<T> => {
  const connection = await engine.database.connect()
  try {
    for (const [key, value] of Object.entries(sessionSettings(conf)))
      await connection.read(`SET ${key} = ${quoteText(value)}`)
    return await use(connection)
  } finally {
    connection.close()
  }
}
