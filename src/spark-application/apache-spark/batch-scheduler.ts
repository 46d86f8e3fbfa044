import { podAmounts } from '../../api/effective.ts'
import type { SparkApplicationSpec } from '../../api/spark-application.ts'
import type { ResourceType } from '../../kube/resource-type.ts'
import type { AttemptObject } from '../attempt-objects.ts'
import { shortened } from '../names.ts'
import { besideDriver } from '../owned-object.ts'
import type { Situation } from '../situation.ts'
import { gang } from './gang.ts'
import { YUNIKORN, yunikornPods } from './yunikorn.ts'

type Role = 'driver' | 'executor'
type Texts = Readonly<Record<string, string>>

const podGroups = (group: string, version: string): ResourceType => ({
  group,
  version,
  kind: 'PodGroup',
  plural: 'podgroups',
  namespaced: true,
  statusSubresource: true,
})

const VOLCANO = 'volcano'
const VOLCANO_GROUPS = podGroups('scheduling.volcano.sh', 'v1beta1')
/** Of the scheduler-plugins project, for a kube-scheduler that runs its plug-in coscheduling. */
const COSCHEDULING_GROUPS = podGroups('scheduling.x-k8s.io', 'v1alpha1')

/** The situation with what the batch scheduler wants to find on the pods. */
export const withBatchScheduler = (s: Situation): Situation => {
  const scheduler = s.spec.batchScheduler
  if (scheduler === undefined || scheduler === '') return s
  const added = (role: Role): SparkApplicationSpec[Role] => {
    const pod = s.spec[role]
    const { labels, annotations } = marks(s, scheduler, role)
    return {
      ...pod,
      schedulerName: pod.schedulerName ?? scheduler,
      priorityClassName: pod.priorityClassName ?? s.spec.batchSchedulerOptions?.priorityClassName,
      labels: { ...pod.labels, ...labels },
      annotations: { ...pod.annotations, ...annotations },
    }
  }
  const spec = { ...s.spec, driver: added('driver'), executor: added('executor') } as SparkApplicationSpec
  return { ...s, spec, app: { ...s.app, spec } }
}

const marks = (
  s: Situation,
  scheduler: string,
  role: Role,
): { readonly labels: Texts; readonly annotations: Texts } => {
  switch (scheduler) {
    case YUNIKORN:
      return yunikornPods(s.spec, role)
    case VOLCANO:
      return { labels: {}, annotations: { 'scheduling.k8s.io/group-name': groupName(s, scheduler, role) } }
    default:
      return { labels: { 'scheduling.x-k8s.io/pod-group': groupName(s, scheduler, role) }, annotations: {} }
  }
}

/**
 * The groups of an application: one of the driver, and one of all the executors that it begins with, which are placed
 * together or not at all. One group for both would wait for executors that only a running driver makes.
 */
export const podGroupsOf = (s: Situation): readonly AttemptObject[] => {
  const scheduler = s.spec.batchScheduler
  if (scheduler === undefined || scheduler === '' || scheduler === YUNIKORN) return []
  const type = scheduler === VOLCANO ? VOLCANO_GROUPS : COSCHEDULING_GROUPS
  return (['driver', 'executor'] as const).map((role) => ({
    type,
    object: {
      apiVersion: `${type.group}/${type.version}`,
      kind: type.kind,
      metadata: besideDriver(s, groupName(s, scheduler, role)),
      spec: { ...groupSpec(s.spec, role), ...(scheduler === VOLCANO ? volcanoOptions(s.spec) : {}) },
    },
    onDifferent: 'replace',
  }))
}

const groupName = ({ app }: Situation, scheduler: string, role: Role): string => {
  const name = `${scheduler === VOLCANO ? 'spark-' : ''}${app.metadata.name}`
  return shortened(role === 'driver' ? `${name}-pg` : `${name}-exec-pg`)
}

const groupSpec = (spec: SparkApplicationSpec, role: Role) => {
  const minMember = role === 'driver' ? 1 : gang(spec)
  const written = role === 'driver' ? spec.batchSchedulerOptions?.resources : undefined
  return { minMember, minResources: written ?? resourcesOf(spec, role, minMember) }
}

const resourcesOf = (spec: SparkApplicationSpec, role: Role, pods: number): Texts => {
  const { cpuRequest, limitMib } = podAmounts(spec, role)
  return { cpu: `${Math.ceil(milli(cpuRequest) * pods)}m`, memory: `${limitMib * pods}Mi` }
}

const milli = (cpu: string): number => (cpu.endsWith('m') ? Number(cpu.slice(0, -1)) : Number(cpu) * 1000)

const volcanoOptions = ({ batchSchedulerOptions: options }: SparkApplicationSpec) => ({
  ...(options?.queue === undefined ? {} : { queue: options.queue }),
  ...(options?.priorityClassName === undefined ? {} : { priorityClassName: options.priorityClassName }),
})
