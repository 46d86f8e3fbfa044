/**
 * Every property of sparkConf that the operator or the bundled engine reads, with its meaning. A test holds this list
 * and the engine's source together, so that the condition FieldsIgnored does not lie.
 */
export const BUNDLED_PROPERTIES: Readonly<Record<string, string>> = {
  'spark.driver.cores': 'Cores of the driver, where spec.driver.cores is not set.',
  'spark.driver.memory': 'Memory of the driver, where spec.driver.memory is not set.',
  'spark.driver.memoryOverhead': 'Memory beside it, where spec.driver.memoryOverhead is not set.',
  'spark.executor.cores': 'Cores of an executor, where spec.executor.cores is not set.',
  'spark.executor.memory': 'Memory of an executor, where spec.executor.memory is not set.',
  'spark.executor.memoryOverhead': 'Memory beside it, where spec.executor.memoryOverhead is not set.',
  'spark.executor.instances': 'Number of executors, where spec.executor.instances is not set.',
  'spark.dynamicAllocation.enabled': 'As spec.dynamicAllocation.enabled; the number stays as it begins.',
  'spark.dynamicAllocation.initialExecutors': 'As spec.dynamicAllocation.initialExecutors.',
  'spark.dynamicAllocation.minExecutors': 'As spec.dynamicAllocation.minExecutors.',
  'spark.dynamicAllocation.maxExecutors': 'As spec.dynamicAllocation.maxExecutors.',
  'spark.kubernetes.driver.request.cores': 'CPU request of the driver, where spec.driver.coreRequest is not set.',
  'spark.kubernetes.driver.limit.cores': 'CPU limit of the driver, where spec.driver.coreLimit is not set.',
  'spark.kubernetes.executor.request.cores': 'CPU request of an executor, where spec.executor.coreRequest is not set.',
  'spark.kubernetes.executor.limit.cores': 'CPU limit of an executor, where spec.executor.coreLimit is not set.',
  'spark.kubernetes.memoryOverheadFactor': 'As spec.memoryOverheadFactor.',
  'spark.sql.files.maxPartitionBytes': 'Most bytes of a file that one task reads.',
  'spark.sql.files.openCostInBytes': 'What opening a file counts for when files are put together into tasks, in bytes.',
  'spark.bellows.broadcast.maxBytes': 'Largest table that is sent whole to every executor for a join.',
  'spark.sql.session.timeZone': 'Time zone of timestamps. Default: UTC.',
  'spark.driver.maxResultSize': 'Most bytes of a result that the driver takes in.',
  'spark.task.maxFailures': 'Tries of a task before the run fails. Default: 4.',
  'spark.executor.maxNumFailures':
    'Executors that may fail before the run does. Default: twice their number, at least 3.',
  'spark.bellows.executor.startTimeout': 'Longest wait for an executor to register. Default: 300s.',
  'spark.bellows.executor.heartbeatTimeout': 'Silence after which an executor counts as lost. Default: 10s.',
  'spark.bellows.local.maxBytes': 'Input up to this size may be read by the driver itself.',
  'spark.bellows.sql.maxRows': 'Most rows of a query of type SQL that are printed.',
  'spark.bellows.sql.output': 'How they are printed: table or json (an object a line). Default: table.',
  'spark.log.level': 'Least important lines of the log: debug, info or warn. Default: info.',
  'spark.bellows.download.maxBytes': 'Largest file that is fetched from a URL.',
}

/** Properties under `spark.` that are set and that nobody reads. Other keys belong to the program. */
export const unreadProperties = (conf: Readonly<Record<string, string>>): readonly string[] =>
  Object.keys(conf)
    .filter((key) => key.startsWith('spark.') && !Object.hasOwn(BUNDLED_PROPERTIES, key))
    .sort()
