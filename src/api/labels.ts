/**
 * Labels on what Bellows makes. The `sparkoperator.k8s.io/` and `spark-` ones are published and read by Airflow,
 * Kueue and dashboards; the `bellows.dev/` ones are ours.
 */
export const APP_NAME = 'sparkoperator.k8s.io/app-name'
export const LAUNCHED_BY_SPARK_OPERATOR = 'sparkoperator.k8s.io/launched-by-spark-operator'
export const SUBMISSION_ID = 'sparkoperator.k8s.io/submission-id'
/** `driver` or `executor`. */
export const SPARK_ROLE = 'spark-role'
/** Equals `status.sparkApplicationId`. */
export const SPARK_APP_SELECTOR = 'spark-app-selector'
export const SPARK_EXEC_ID = 'spark-exec-id'
export const SPARK_APP_NAME = 'spark-app-name'
export const SPARK_VERSION = 'spark-version'

/** The attempt that a pod or Secret belongs to, counted from 1. */
export const ATTEMPT = 'bellows.dev/attempt'
export const PIPELINE_RUN = 'bellows.dev/pipeline-run'
export const TASK = 'bellows.dev/task'
export const MANAGED_BY = 'app.kubernetes.io/managed-by'
export const MANAGED_BY_BELLOWS = 'bellows'

/** What the operator's pod informers select. */
export const MANAGED_BY_SELECTOR = `${MANAGED_BY}=${MANAGED_BY_BELLOWS}`

export const DRIVER_CONTAINER = 'spark-kubernetes-driver'
export const EXECUTOR_CONTAINER = 'spark-kubernetes-executor'
export const WORKER_CONTAINER = 'main'
