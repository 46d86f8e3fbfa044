import type { BodyHandlers } from './runner/body-handlers.ts'
import { sqlHandler } from './runner/sql-body.ts'

/** What driver and executors of this engine can run. */
export const BODY_HANDLERS: BodyHandlers = {
  sql: async ({ database }) => sqlHandler(database),
  // A process without RDDs never loads it.
  rdd: async ({ directory }) => {
    const { processRddHandler } = await import('./rdd/rdd-body.ts')
    return processRddHandler(directory)
  },
}
