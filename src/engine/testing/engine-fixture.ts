import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ExecutorBackend } from '../backend.ts'
import type { Conf } from '../conf.ts'
import { Engine } from '../engine.ts'
import { silentLog } from '../log.ts'
import { inProcessBackend } from './in-process-backend.ts'

export interface EngineFixture {
  readonly engine: Engine
  /** For the test's own files. */
  readonly directory: string
  close(): Promise<void>
}

/** An engine with `instances` executors in this process; 0 leaves all to the driver. */
export const startEngine = async (
  instances: number,
  conf: Conf = {},
  makeBackend?: (directory: string, token: string) => ExecutorBackend,
  /** A backend although `instances` is 0: for dynamic allocation. */
  dynamic = false,
  host = '127.0.0.1',
): Promise<EngineFixture> => {
  const directory = await mkdtemp(join(tmpdir(), 'bellows-test-'))
  const token = randomUUID()
  const backend = instances === 0 && !dynamic ? undefined : (makeBackend ?? inProcessBackend)(directory, token)
  const engine = await Engine.start({
    conf: { 'spark.bellows.local.maxBytes': '0', ...conf },
    token,
    host,
    backend,
    instances,
    executorCores: 1,
    cores: 1,
    memoryLimit: 512 * 2 ** 20,
    directory: join(directory, 'driver'),
    log: silentLog,
  })
  return {
    engine,
    directory,
    close: async () => {
      await engine.close()
      await rm(directory, { recursive: true, force: true })
    },
  }
}
