import { PipelineRuns, Pipelines, SparkApplications } from '../api/resource-types.ts'
import type { KubeObject } from '../kube/object.ts'
import {
  apiVersionOf,
  ConfigMaps,
  Namespaces,
  type ResourceType,
  Secrets,
  ServiceAccounts,
} from '../kube/resource-type.ts'

/** The kinds that files for `bellows run` may hold. */
const RUNNABLE: readonly ResourceType[] = [
  SparkApplications,
  Pipelines,
  PipelineRuns,
  ConfigMaps,
  Secrets,
  Namespaces,
  ServiceAccounts,
]

export const resourceTypeOf = (object: Pick<KubeObject, 'apiVersion' | 'kind'>): ResourceType | undefined =>
  RUNNABLE.find((type) => type.kind === object.kind && apiVersionOf(type) === object.apiVersion)
