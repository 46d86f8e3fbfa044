import { join } from 'node:path'
import type { ExecutorBackend } from '../backend.ts'
import type { Conf } from '../conf.ts'
import { provideHost, SparkSession } from '../dataframe/spark-session.ts'
import { type EngineFixture, startEngine } from './engine-fixture.ts'

export interface SessionFixture extends EngineFixture {
  readonly spark: SparkSession
}

/** The session of this process on an engine with `instances` executors; 0 leaves all to the driver. */
export const startSession = async (
  instances: number,
  conf: Conf = {},
  makeBackend?: (directory: string, token: string) => ExecutorBackend,
): Promise<SessionFixture> => {
  const fixture = await startEngine(instances, conf, makeBackend)
  provideHost({
    engine: Promise.resolve(fixture.engine),
    appName: 'test',
    conf,
    own: false,
    directory: join(fixture.directory, 'session'),
    log: fixture.engine.options.log,
  })
  const spark = SparkSession.builder().getOrCreate()
  const close = async (): Promise<void> => {
    await spark.stop()
    await fixture.close()
  }
  return { ...fixture, spark, close }
}

/** One place to run, and the conf that makes joins move both sides. */
export const PLACES = [
  { where: 'in the driver', instances: 0, conf: {} },
  { where: 'on executors', instances: 2, conf: { 'spark.sql.autoBroadcastJoinThreshold': '-1' } },
] as const
