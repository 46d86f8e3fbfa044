/** Where Spark and its published images look for things. Source: Spark, deploy/k8s/Constants. */
export const SPARK_CONF_DIR = '/opt/spark/conf'
export const PROPERTIES_FILE = 'spark.properties'
export const PROPERTIES_PATH = `${SPARK_CONF_DIR}/${PROPERTIES_FILE}`
export const DRIVER_CONF_VOLUME = 'spark-conf-volume-driver'
export const POD_TEMPLATE_VOLUME = 'pod-template-volume'
export const POD_TEMPLATE_DIR = '/opt/spark/pod-template'
export const POD_TEMPLATE_FILE = 'pod-spec-template.yml'

/** Keys of the Secret of an attempt, besides the token. */
export const POD_TEMPLATE_KEY = 'podspec-configmap-key'

/** Where ConfigMaps of the spec are mounted. Source: published. */
export const USER_SPARK_CONF_DIR = '/etc/spark/conf'
export const USER_HADOOP_CONF_DIR = '/etc/hadoop/conf'
