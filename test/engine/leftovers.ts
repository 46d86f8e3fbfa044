import { join } from 'node:path'
import type { EngineFixture } from '../../src/engine/testing/engine-fixture.ts'
import { filesBelow } from '../../src/engine/testing/runtime-helpers.ts'

/**
 * Files below an engine's directories that should not be there between queries; `given` are the test's own. What a killed
 * process leaves lies with it: its disk goes with its pod.
 */
export const leftovers = async (
  { engine, directory }: EngineFixture,
  given: readonly string[],
): Promise<readonly string[]> => {
  const alive = new Set(engine.pool.workers().map(({ id }) => id))
  return (await filesBelow(directory)).filter((path) => {
    const executor = /bellows-executor-(\d+)-/.exec(path)?.[1]
    if (executor !== undefined && !alive.has(Number(executor))) return false
    return ![...given, join(directory, 'conf')].some((own) => path.startsWith(own))
  })
}
