import { readFileSync } from 'node:fs'
import { type Conf, confBoolean, confChoice, confDuration, confInteger } from '../conf.ts'
import { userError } from '../errors.ts'
import type { ExclusionSettings, PoolSettings, SchedulerSettings, SpeculationSettings } from './scheduling.ts'

/** Throws EngineError that names the property which is wrong. Defaults are Spark's where not said otherwise. */
export const schedulerSettings = (conf: Conf, localOnly: boolean): SchedulerSettings => {
  const mode = confChoice(conf, 'spark.scheduler.mode', 'fifo', ['fifo', 'fair'])
  const file = conf['spark.scheduler.allocation.file']
  return {
    mode: mode === 'fair' ? 'FAIR' : 'FIFO',
    pools: mode === 'fair' && file !== undefined ? readPools(file) : {},
    maxFailures: Math.max(1, confInteger(conf, 'spark.task.maxFailures', 4)),
    maxStageAttempts: Math.max(1, confInteger(conf, 'spark.stage.maxConsecutiveAttempts', 4)),
    localityWait: confDuration(conf, 'spark.locality.wait', 3000),
    exclusion: exclusionSettings(conf),
    speculation: confBoolean(conf, 'spark.speculation', false) ? speculationSettings(conf) : undefined,
    localOnly,
  }
}

/** Not set: excluded executors are passed over while there are others. Set to true: as Spark, they are not used at all. */
const exclusionSettings = (conf: Conf): ExclusionSettings => {
  const off = !confBoolean(conf, 'spark.excludeOnFailure.enabled', true)
  const count = (key: string, fallback: number) =>
    off ? Number.POSITIVE_INFINITY : Math.max(1, confInteger(conf, `spark.excludeOnFailure.${key}`, fallback))
  return {
    strict: confBoolean(conf, 'spark.excludeOnFailure.enabled', false),
    maxTaskAttemptsPerExecutor: count('task.maxTaskAttemptsPerExecutor', 1),
    maxFailedTasksPerExecutorStage: count('stage.maxFailedTasksPerExecutor', 2),
    maxFailedTasksPerExecutor: count('application.maxFailedTasksPerExecutor', 2),
    timeout: confDuration(conf, 'spark.excludeOnFailure.timeout', 3_600_000),
  }
}

const speculationSettings = (conf: Conf): SpeculationSettings => {
  const number = (key: string, fallback: number): number => {
    const text = conf[key]
    if (text === undefined) return fallback
    const value = Number(text)
    if (text.trim() === '' || !(value >= 0)) throw userError(`${key} is "${text}"; it wants a number, 0 or more`)
    return value
  }
  const threshold = 'spark.speculation.task.duration.threshold'
  return {
    quantile: number('spark.speculation.quantile', 0.9),
    multiplier: number('spark.speculation.multiplier', 3),
    minTaskRuntime: confDuration(conf, 'spark.speculation.minTaskRuntime', 100),
    durationThreshold: conf[threshold] === undefined ? undefined : confDuration(conf, threshold, 0),
  }
}

const readPools = (file: string): Readonly<Record<string, PoolSettings>> => {
  try {
    return parsePools(readFileSync(file.replace(/^file:\/\//, ''), 'utf8'))
  } catch (error) {
    throw userError(`spark.scheduler.allocation.file ${file} cannot be read: ${(error as Error).message}`, error)
  }
}

/** Source: Spark's fairscheduler.xml: <pool name="…"> with schedulingMode, weight and minShare. */
export const parsePools = (xml: string): Readonly<Record<string, PoolSettings>> => {
  const text = xml.replaceAll(/<!--[\s\S]*?-->/g, '')
  const pools: Record<string, PoolSettings> = {}
  for (const [, attributes = '', body = ''] of text.matchAll(/<pool\b([^>]*)>([\s\S]*?)<\/pool>/g)) {
    const name = /\bname\s*=\s*["']([^"']*)["']/.exec(attributes)?.[1]
    if (name === undefined) throw userError('a pool without a name')
    const value = (tag: string) => new RegExp(`<${tag}>\\s*([^<]*?)\\s*</${tag}>`).exec(body)?.[1]
    const whole = (tag: string, fallback: number): number => {
      const written = value(tag)
      if (written === undefined) return fallback
      if (!/^\d+$/.test(written)) throw userError(`pool ${name}: ${tag} is "${written}"; it wants a whole number`)
      return Number(written)
    }
    const mode = (value('schedulingMode') ?? 'FIFO').toUpperCase()
    if (mode !== 'FIFO' && mode !== 'FAIR')
      throw userError(`pool ${name}: schedulingMode is "${mode}"; it wants FIFO or FAIR`)
    pools[name] = { mode, weight: Math.max(1, whole('weight', 1)), minShare: whole('minShare', 0) }
  }
  return pools
}
