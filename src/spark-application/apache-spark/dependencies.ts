import type { SparkApplicationSpec } from '../../api/spark-application.ts'

/** Source: SparkSubmitArguments: the option behind each field, and the property that it is. */
const PROPERTIES = {
  jars: 'spark.jars',
  files: 'spark.files',
  pyFiles: 'spark.submit.pyFiles',
  archives: 'spark.archives',
  packages: 'spark.jars.packages',
  excludePackages: 'spark.jars.excludes',
  repositories: 'spark.jars.repositories',
} as const

/**
 * spec.deps as properties; the driver fetches what they name. The application's own jar is one of the jars: in a driver of
 * cluster mode spark-submit counts on that.
 */
export const dependencyProperties = (spec: SparkApplicationSpec): Readonly<Record<string, string>> => {
  const written = Object.fromEntries(
    Object.entries(PROPERTIES).flatMap(([field, property]) => {
      const items = spec.deps?.[field as keyof typeof PROPERTIES] ?? []
      return items.length === 0 ? [] : [[property, items.join(',')]]
    }),
  )
  const main = mainJar(spec)
  if (main === undefined) return written
  const jars = written[PROPERTIES.jars] ?? spec.sparkConf?.[PROPERTIES.jars]
  return { ...written, [PROPERTIES.jars]: [jars, main].filter(Boolean).join(',') }
}

const mainJar = ({ type, mainApplicationFile }: SparkApplicationSpec): string | undefined =>
  (type === 'Java' || type === 'Scala') && mainApplicationFile !== 'spark-internal' ? mainApplicationFile : undefined
