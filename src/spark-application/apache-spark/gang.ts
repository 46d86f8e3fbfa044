import { executorBounds, initialExecutors } from '../../api/effective.ts'
import type { SparkApplicationSpec } from '../../api/spark-application.ts'

/** Executors that must come together: those that the application begins with. */
export const gang = (spec: SparkApplicationSpec): number => Math.min(initialExecutors(spec), executorBounds(spec).max)
