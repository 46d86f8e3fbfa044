import { join } from 'node:path'
import type { BodyHandlers } from './runner/body-handlers.ts'
import { sqlHandler } from './runner/sql-body.ts'

/** What RDDs may hold of a process's memory, beside DuckDB: a third of all of it. */
const RDD_SHARE = 0.4

/** What driver and executors of this engine can run. */
export const BODY_HANDLERS: BodyHandlers = {
  sql: async ({ database }) => sqlHandler(database),
  // A process without RDDs never loads it.
  rdd: async ({ cores, memory, directory }) => {
    const { rddBodyHandler } = await import('./rdd/rdd-body.ts')
    return rddBodyHandler({ threads: cores, memory: memory * RDD_SHARE, directory: join(directory, 'rdd') })
  },
}
