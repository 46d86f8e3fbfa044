/** What the JMX exporter serves where `monitoring` says nothing: the JVM's and Spark's own numbers. */
export const JMX_PROPERTIES = `*.sink.jmx.class=org.apache.spark.metrics.sink.JmxSink
driver.source.jvm.class=org.apache.spark.metrics.source.JvmSource
executor.source.jvm.class=org.apache.spark.metrics.source.JvmSource
`

/** Names of metrics begin with spark.metrics.namespace, `<namespace>.<application>`, and the executor's id. */
export const JMX_RULES = `lowercaseOutputName: true
attrNameSnakeCase: true
rules:
  - pattern: 'metrics<name=([^.]+)\\.(.+)\\.driver\\.([^.]+)\\.(\\S+), type=(gauges|counters)><>(Value|Count)'
    name: spark_driver_$3_$4
    labels:
      app_namespace: $1
      app_id: $2
  - pattern: 'metrics<name=([^.]+)\\.(.+)\\.(\\d+)\\.([^.]+)\\.(\\S+), type=(gauges|counters)><>(Value|Count)'
    name: spark_executor_$4_$5
    labels:
      app_namespace: $1
      app_id: $2
      executor_id: $3
`
