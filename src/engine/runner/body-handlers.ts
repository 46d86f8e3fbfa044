import type { Database } from '../duckdb/database.ts'
import type { BodyHandler, TaskBody } from '../scheduler/task-body.ts'

/** What a process offers to the handlers it makes. */
export interface HandlerResources {
  readonly database: Database
  /** Of this process alone. */
  readonly directory: string
}

/** A handler a kind of body, loaded when the first body of that kind comes. */
export type BodyHandlers = Readonly<
  Partial<Record<TaskBody['kind'], (resources: HandlerResources) => Promise<BodyHandler>>>
>
