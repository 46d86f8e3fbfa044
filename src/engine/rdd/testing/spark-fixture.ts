import { join } from 'node:path'
import type { ExecutorBackend } from '../../backend.ts'
import type { Conf } from '../../conf.ts'
import { silentLog } from '../../log.ts'
import { type EngineFixture, startEngine } from '../../testing/engine-fixture.ts'
import { SparkContext } from '../spark-context.ts'

export interface SparkFixture extends EngineFixture {
  readonly sc: SparkContext
  readonly warnings: string[]
}

/** A SparkContext over an engine with executors in this process. */
export const startSpark = async (
  instances = 2,
  conf: Conf = {},
  makeBackend?: (directory: string, token: string) => ExecutorBackend,
): Promise<SparkFixture> => {
  const fixture = await startEngine(instances, { 'spark.shuffle.io.retryWait': '1', ...conf }, makeBackend)
  const warnings: string[] = []
  const log = { ...silentLog, warn: (message: string) => void warnings.push(message) }
  const sc = new SparkContext({
    runtime: Promise.resolve(fixture.engine.runtime),
    conf,
    appName: 'test',
    directory: join(fixture.directory, 'rdd-driver'),
    log,
  })
  return {
    ...fixture,
    sc,
    warnings,
    close: async () => {
      await sc.stop()
      await fixture.close()
    },
  }
}
