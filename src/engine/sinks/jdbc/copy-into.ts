import { createReadStream } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { from } from 'pg-copy-streams'
import { withPostgres } from '../../sources/jdbc/connect.ts'
import type { JdbcConnection } from '../../sources/source-input.ts'

/** Copies CSV files into a table, all in one transaction: on an error no row of them is there. Throws EngineError. */
export const copyInto = (connection: JdbcConnection, sql: string, directory: string): Promise<number> =>
  withPostgres('write to', connection, async (client) => {
    let rows = 0
    await client.query('BEGIN')
    for (const name of (await readdir(directory)).toSorted()) {
      const into = client.query(from(sql))
      await pipeline(createReadStream(join(directory, name)), into)
      rows += into.rowCount
    }
    await client.query('COMMIT')
    return rows
  })
