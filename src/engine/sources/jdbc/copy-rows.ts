import { createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { to } from 'pg-copy-streams'
import type { JdbcInput } from '../source-input.ts'
import { withPostgres } from './connect.ts'

/** Streams the rows of a query into a CSV file; only bytes pass through this process. Throws EngineError. */
export const copyRows = ({ connection, sql }: JdbcInput, path: string): Promise<string> =>
  withPostgres('read from', connection, async (client) => {
    const rows = client.query(to(`COPY (${sql}) TO STDOUT (FORMAT csv, ENCODING 'UTF8')`))
    await pipeline(rows, createWriteStream(path))
    return path
  })
