import { MANAGED_BY_SELECTOR } from '../api/labels.ts'
import type { PipelineRun } from '../api/pipeline-run.ts'
import { PipelineRuns, Pipelines, SparkApplications } from '../api/resource-types.ts'
import type { CacheNeed } from '../controller/caches.ts'
import { controllerOf, type KubeObject, keyString } from '../kube/object.ts'
import { Pods } from '../kube/resource-type.ts'

/** Index: objects by the uid of the PipelineRun that owns them. */
export const BY_OWNER = 'pipeline-run-uid'
/** Index: runs by `namespace/name` of the Pipeline that they name. */
export const BY_PIPELINE = 'pipeline-ref'

const byOwner = (object: KubeObject): readonly string[] => {
  const owner = controllerOf(object)
  return owner?.kind === PipelineRuns.kind ? [owner.uid] : []
}

const byPipeline = (object: KubeObject): readonly string[] => {
  const name = (object as KubeObject & PipelineRun).spec.pipelineRef?.name
  const { namespace } = object.metadata
  return name === undefined ? [] : [keyString({ ...(namespace !== undefined && { namespace }), name })]
}

/** What the controller of runs wants cached. */
export const PIPELINE_RUN_CACHES: readonly CacheNeed[] = [
  { type: PipelineRuns, indexers: { [BY_PIPELINE]: byPipeline } },
  { type: Pipelines },
  { type: Pods, labelSelector: MANAGED_BY_SELECTOR, indexers: { [BY_OWNER]: byOwner } },
  { type: SparkApplications, indexers: { [BY_OWNER]: byOwner } },
]
