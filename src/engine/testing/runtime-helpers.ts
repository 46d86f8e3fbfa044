import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { EngineEvent, EventName } from '../events.ts'
import type { StageOutcome } from '../scheduler/stage-spec.ts'
import type { EngineFixture } from './engine-fixture.ts'
import { rowsOf } from './shuffle-job.ts'

/** All files below a directory. */
export const filesBelow = async (directory: string): Promise<readonly string[]> => {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
}

/** Committed shuffle blocks below a directory. */
export const blocks = async (directory: string): Promise<readonly string[]> =>
  (await filesBelow(directory)).filter((path) => /shuffle-\d+\/\d+-\d+\/\d+$/.test(path))

/** The next event of that name that `found` accepts. */
export const next = <Name extends EventName>(
  { engine }: EngineFixture,
  name: Name,
  found: (event: EngineEvent & { readonly event: Name }) => boolean = () => true,
): Promise<EngineEvent & { readonly event: Name }> =>
  new Promise((resolve) => {
    const end = engine.events.onEvent((event) => {
      if (event.event !== name || !found(event as EngineEvent & { readonly event: Name })) return
      end()
      resolve(event as EngineEvent & { readonly event: Name })
    })
  })

/** Rows of a stage's results as text, sorted. */
export const rows = async ({ engine }: EngineFixture, outcome: StageOutcome) => {
  const connection = await engine.database.connect()
  try {
    return await rowsOf(connection, outcome)
  } finally {
    connection.close()
  }
}
