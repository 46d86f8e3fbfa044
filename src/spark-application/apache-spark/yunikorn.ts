import { podAmounts } from '../../api/effective.ts'
import type { SparkApplicationSpec } from '../../api/spark-application.ts'
import { gang } from './gang.ts'

type Role = 'driver' | 'executor'
type Texts = Readonly<Record<string, string>>

export const YUNIKORN = 'yunikorn'

/**
 * YuniKorn knows the application by its label spark-app-selector. The driver's annotation tells the groups that it is to
 * keep room for: a true gang. Source: YuniKorn, gang scheduling.
 */
export const yunikornPods = (
  spec: SparkApplicationSpec,
  role: Role,
): { readonly labels: Texts; readonly annotations: Texts } => ({
  labels: spec.batchSchedulerOptions?.queue === undefined ? {} : { queue: spec.batchSchedulerOptions.queue },
  annotations: {
    'yunikorn.apache.org/task-group-name': `spark-${role}`,
    ...(role === 'driver'
      ? {
          'yunikorn.apache.org/task-groups': JSON.stringify([
            taskGroup(spec, 'driver', 1),
            ...(gang(spec) > 0 ? [taskGroup(spec, 'executor', gang(spec))] : []),
          ]),
        }
      : {}),
  },
})

const taskGroup = (spec: SparkApplicationSpec, role: Role, minMember: number) => {
  const { cpuRequest, limitMib } = podAmounts(spec, role)
  const { tolerations, affinity } = spec[role]
  const nodeSelector = { ...spec.nodeSelector, ...spec[role].nodeSelector }
  return {
    name: `spark-${role}`,
    minMember,
    minResource: { cpu: cpuRequest, memory: `${limitMib}Mi` },
    ...(Object.keys(nodeSelector).length === 0 ? {} : { nodeSelector }),
    ...(tolerations === undefined ? {} : { tolerations }),
    ...(affinity === undefined ? {} : { affinity }),
  }
}
