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

/** spec.deps as properties. The driver fetches what they name, as in the client mode that it runs in. */
export const dependencyProperties = (deps: SparkApplicationSpec['deps']): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(PROPERTIES).flatMap(([field, property]) => {
      const items = deps?.[field as keyof typeof PROPERTIES] ?? []
      return items.length === 0 ? [] : [[property, items.join(',')]]
    }),
  )
