import type { SparkApplicationSpec } from '../../api/spark-application.ts'
import { withPrefix } from './prefixed.ts'

/**
 * Limits of devices on a pod: the field `gpu`, and for the driver `spark.driver.resource.<name>.amount` with its vendor,
 * as Spark itself does it for executors.
 */
export const devicesOf = (
  spec: SparkApplicationSpec,
  role: 'driver' | 'executor',
): Readonly<Record<string, string | number>> => {
  const gpu = spec[role].gpu
  return {
    ...(role === 'driver' ? vendored(withPrefix(spec.sparkConf ?? {}, 'spark.driver.resource.')) : {}),
    ...(gpu === undefined ? {} : { [gpu.name]: gpu.quantity }),
  }
}

const vendored = (properties: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(properties).flatMap(([key, amount]) => {
      if (!key.endsWith('.amount')) return []
      const name = key.slice(0, -'.amount'.length)
      const vendor = properties[`${name}.vendor`]
      return vendor === undefined ? [] : [[`${vendor}/${name}`, amount]]
    }),
  )
