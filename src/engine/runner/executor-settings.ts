import { type Conf, confBoolean, confBytes, confDuration, confInteger } from '../conf.ts'
import { userError } from '../errors.ts'
import { s3Conf } from '../sources/s3/s3-settings.ts'

/** What driver and executors must agree on; the driver sends it with the answer to a registration. */
export interface ExecutorSettings {
  readonly maxBytesInFlight: number
  readonly fetchRetries: number
  /** Milliseconds. */
  readonly fetchRetryWait: number
  readonly networkTimeout: number
  readonly verifyChecksums: boolean
  /** Part of the memory that persisted blocks may take. */
  readonly storageFraction: number
  /** Bytes of a broadcast chunk. */
  readonly broadcastChunk: number
  /** Milliseconds an executor may take to move its blocks when it is told to end. */
  readonly decommissionTime: number
  /** The application's properties of object stores. They hold secrets: never to be logged. */
  readonly objectStores: Conf
  /** Bytes of objects that a process keeps on its disk. */
  readonly objectCacheBytes: number
}

const fraction = (conf: Conf, key: string, fallback: number): number => {
  const text = conf[key]
  if (text === undefined) return fallback
  const value = Number(text)
  if (text.trim() === '' || !(value >= 0 && value <= 1)) throw userError(`${key} is "${text}"; it wants 0 to 1`)
  return value
}

/** Defaults are Spark's, but for the wait between fetches (5 s there: a restarting shuffle service is not our case). */
export const executorSettings = (conf: Conf): ExecutorSettings => ({
  maxBytesInFlight: confBytes(conf, 'spark.reducer.maxSizeInFlight', 48 * 2 ** 20),
  fetchRetries: confInteger(conf, 'spark.shuffle.io.maxRetries', 3),
  fetchRetryWait: confDuration(conf, 'spark.shuffle.io.retryWait', 100),
  networkTimeout: confDuration(conf, 'spark.network.timeout', 120_000),
  verifyChecksums: confBoolean(conf, 'spark.shuffle.checksum.enabled', true),
  storageFraction: fraction(conf, 'spark.memory.storageFraction', 0.5),
  broadcastChunk: Math.max(1, confBytes(conf, 'spark.broadcast.blockSize', 4 * 2 ** 20)),
  decommissionTime: confDuration(conf, 'spark.executor.decommission.forceKillTimeout', 25_000),
  objectStores: s3Conf(conf),
  objectCacheBytes: confBytes(conf, 'spark.bellows.s3.cacheBytes', 16 * 2 ** 30),
})
