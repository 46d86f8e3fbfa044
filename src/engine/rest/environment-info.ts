import type { Conf } from '../conf.ts'
import { userError } from '../errors.ts'

/** Spark's default of spark.redaction.regex. */
const SECRETS = '(?i)secret|password|token|access[.]?key'

export const REDACTED = '*********(redacted)'

/** spark.redaction.regex as JavaScript reads it; the flags in front are Java's. Throws EngineError where it is none. */
export const redactionPattern = (conf: Conf): RegExp => {
  const text = conf['spark.redaction.regex'] ?? SECRETS
  const [, flags = '', pattern = text] = /^\(\?([ims]+)\)(.*)$/s.exec(text) ?? []
  try {
    return new RegExp(pattern, flags)
  } catch (error) {
    throw userError(`spark.redaction.regex is "${text}", which is no regular expression`, error)
  }
}

/** As Spark redacts: a value goes where its key or itself matches. */
export const redact = (entries: Conf, pattern: RegExp): readonly (readonly [string, string])[] =>
  Object.entries(entries)
    .map(([key, value]) => [key, pattern.test(key) || pattern.test(value) ? REDACTED : value] as const)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))

export interface EnvironmentSource {
  readonly conf: Conf
  readonly pattern: RegExp
  /** Versions of what runs here, by name. */
  readonly versions: Conf
  readonly executorCores: number
}

/** Spark's fields; those of the JVM and of Hadoop are empty, and systemProperties tell of Node. */
export const environmentInfo = ({ conf, pattern, versions, executorCores }: EnvironmentSource) => ({
  runtime: { javaVersion: '', javaHome: '', scalaVersion: '' },
  sparkProperties: redact(conf, pattern),
  hadoopProperties: [],
  systemProperties: redact(versions, pattern),
  metricsProperties: [],
  classpathEntries: [],
  resourceProfiles: [
    {
      id: 0,
      executorResources: { cores: { resourceName: 'cores', amount: executorCores, discoveryScript: '', vendor: '' } },
      taskResources: { cpus: { resourceName: 'cpus', amount: 1 } },
    },
  ],
})
