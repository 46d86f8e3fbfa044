import { allocationProperties, executorBounds, initialExecutors, podAmounts } from '../api/effective.ts'
import type { BundledType } from '../api/spark-application.ts'
import type { PodSpec } from '../kube/pod.ts'
import { executorPodTemplate } from './executor-pod-template.ts'
import { applicationId, executorPrefix } from './names.ts'
import type { Situation } from './situation.ts'

export interface PodTemplate {
  readonly metadata: {
    readonly labels: Readonly<Record<string, string>>
    readonly annotations: Readonly<Record<string, string>>
  }
  readonly spec: PodSpec
}

/**
 * application.json: all that the driver of the bundled engine is told. Structurally what src/engine/application.ts
 * reads; test/unit/application-json.test.ts holds the two together.
 */
export interface BundledApplication {
  readonly type: BundledType
  /** The application's name and `spark.app.id`. */
  readonly name: string
  readonly id: string
  readonly program?: string
  readonly mainApplicationFile?: string
  readonly arguments: readonly string[]
  readonly sparkConf: Readonly<Record<string, string>>
  readonly executors: {
    readonly instances: number
    readonly podNamePrefix: string
    readonly cores: number
    readonly memoryMib: number
    /** Whether pods of ended executors are deleted. */
    readonly deleteOnTermination: boolean
    readonly template: PodTemplate
  }
}

export const bundledApplication = (s: Situation, attempt: number): BundledApplication => {
  const { spec } = s
  const { cores, memoryMib } = podAmounts(spec, 'executor')
  return {
    type: spec.type as BundledType,
    name: s.app.metadata.name,
    id: applicationId(s.app, attempt),
    ...(spec.program === undefined ? {} : { program: spec.program }),
    ...(spec.mainApplicationFile === undefined ? {} : { mainApplicationFile: spec.mainApplicationFile }),
    arguments: spec.arguments ?? [],
    sparkConf: { ...spec.sparkConf, ...allocationProperties(spec) },
    executors: {
      instances: Math.min(initialExecutors(spec), executorBounds(spec).max),
      podNamePrefix: executorPrefix(s.app, attempt),
      cores,
      memoryMib,
      deleteOnTermination: spec.executor.deleteOnTermination ?? true,
      template: executorPodTemplate(s, attempt),
    },
  }
}
