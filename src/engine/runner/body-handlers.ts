import type { Database } from '../duckdb/database.ts'
import type { BodyHandler, TaskBody } from '../scheduler/task-body.ts'

/** What a process offers to the handlers it makes. */
export interface HandlerResources {
  readonly database: Database
  readonly cores: number
  /** Bytes for DuckDB, persisted blocks and what handlers keep themselves: 0.8 of the process's memory. */
  readonly memory: number
  /** Of this process alone. */
  readonly directory: string
}

/** A handler a kind of body, loaded when the first body of that kind comes. */
export type BodyHandlers = Readonly<
  Partial<Record<TaskBody['kind'], (resources: HandlerResources) => Promise<BodyHandler>>>
>
