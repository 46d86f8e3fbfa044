import { DRIVER_CONTAINER, EXECUTOR_CONTAINER } from '../../api/labels.ts'
import type { SparkApplicationSpec } from '../../api/spark-application.ts'

/** The image that sparkConf names for a role. */
export const confImage = ({ sparkConf, sparkVersion }: SparkApplicationSpec, role: 'driver' | 'executor') => {
  const named =
    sparkConf?.[`spark.kubernetes.${role}.container.image`] ?? sparkConf?.['spark.kubernetes.container.image']
  return named?.replaceAll('{{SPARK_VERSION}}', sparkVersion ?? '')
}

export const executorImage = (spec: SparkApplicationSpec): string | undefined => imageOf(spec, 'executor')

/** The field, then the template, then sparkConf. Undefined: nobody names one. */
export const imageOf = (spec: SparkApplicationSpec, role: 'driver' | 'executor'): string | undefined => {
  const container = role === 'driver' ? DRIVER_CONTAINER : EXECUTOR_CONTAINER
  return spec[role].image || spec.image || templateImage(spec[role].template, container) || confImage(spec, role)
}

const templateImage = (template: unknown, container: string): string | undefined => {
  const { spec } = (template ?? {}) as { readonly spec?: { readonly containers?: unknown } }
  const containers = Array.isArray(spec?.containers) ? spec.containers : []
  const found = containers.find((each): each is { image?: string } => each?.name === container)
  return found?.image
}
