import type { SparkApplicationSpec } from '../api/spark-application.ts'
import { DEFAULT_RETRY_INTERVAL_S } from './retry.ts'

const completed = new WeakMap<object, SparkApplicationSpec>()

/**
 * The spec with the parts that decide relies on. The CRD fills them in today; an object that was stored before it did,
 * or by another operator, has them not.
 */
export const completedSpec = (spec: SparkApplicationSpec): SparkApplicationSpec => {
  const found = completed.get(spec)
  if (found !== undefined) return found
  const partial = spec as Partial<SparkApplicationSpec>
  const whole: SparkApplicationSpec = {
    ...spec,
    driver: partial.driver ?? {},
    executor: partial.executor ?? {},
    restartPolicy: {
      ...partial.restartPolicy,
      type: partial.restartPolicy?.type ?? 'Never',
      onFailureRetryInterval: partial.restartPolicy?.onFailureRetryInterval ?? DEFAULT_RETRY_INTERVAL_S,
      onSubmissionFailureRetryInterval:
        partial.restartPolicy?.onSubmissionFailureRetryInterval ?? DEFAULT_RETRY_INTERVAL_S,
      onFailureRetryMaxInterval: partial.restartPolicy?.onFailureRetryMaxInterval ?? 300,
    },
  }
  completed.set(spec, whole)
  return whole
}
