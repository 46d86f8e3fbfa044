/**
 * Properties of sparkConf that the operator sets itself for types Java, Scala, Python and R, or that mean something only
 * where spark-submit runs. What the user writes there has no effect, and the condition FieldsIgnored says so.
 */
export const APACHE_SPARK_LAWS: Readonly<Record<string, string>> = {
  'spark.master': 'the driver asks the API server; spec.driver.kubernetesMaster names another address',
  'spark.submit.deployMode': 'the driver is a pod of its own',
  'spark.app.id': 'each attempt has an id of its own: status.sparkApplicationId',
  'spark.driver.host': 'executors reach the driver by the address of its pod, or by its Service',
  'spark.driver.bindAddress': 'the driver binds to the address of its pod',
  'spark.kubernetes.namespace': "the application's namespace is its pods' too",
  'spark.kubernetes.context': 'there is no kubeconfig in the driver',
  'spark.kubernetes.submitInDriver': 'the driver runs in the cluster',
  'spark.kubernetes.resource.type': 'follows from spec.type',
  'spark.kubernetes.driver.podTemplateFile': 'use spec.driver.template',
  'spark.kubernetes.driver.podTemplateContainerName': 'use spec.driver.template',
  'spark.kubernetes.executor.podTemplateFile': 'use spec.executor.template',
  'spark.kubernetes.executor.podTemplateContainerName': 'use spec.executor.template',
  'spark.kubernetes.executor.disableConfigMap': 'executors need no ConfigMap of the driver',
  'spark.kubernetes.file.upload.path': 'nothing is uploaded: files lie in the image, on a volume or behind a URL',
}
