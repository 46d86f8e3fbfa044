import { MANAGED_BY, MANAGED_BY_BELLOWS, PIPELINE_RUN } from '../api/labels.ts'
import type { PipelineSpec } from '../api/pipeline.ts'
import type { PipelineRun } from '../api/pipeline-run.ts'
import type { Action } from '../controller/decision.ts'
import { type KubeObject, ownerReference } from '../kube/object.ts'
import { ConfigMaps } from '../kube/resource-type.ts'
import type { PipelineOrigin } from './observed.ts'

const UID = 'bellows.dev/pipeline-uid'
const GENERATION = 'bellows.dev/pipeline-generation'
const KEY = 'pipeline.json'

export const pinName = (run: string): string => `${run}-pipeline`

/** Keeps the Pipeline as it is now, for this run alone: an immutable ConfigMap that the run owns. */
export const pinAction = (run: PipelineRun & KubeObject, spec: PipelineSpec, origin: PipelineOrigin): Action => ({
  kind: 'create',
  type: ConfigMaps,
  object: {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: pinName(run.metadata.name),
      namespace: run.metadata.namespace ?? 'default',
      labels: { [MANAGED_BY]: MANAGED_BY_BELLOWS, [PIPELINE_RUN]: run.metadata.name },
      annotations: { [UID]: origin.uid, [GENERATION]: String(origin.generation) },
      ownerReferences: [ownerReference(run)],
    },
    immutable: true,
    data: { [KEY]: JSON.stringify(spec) },
  },
})

/** What a pin holds; undefined for anything that is none. */
export const readPin = (
  configMap: KubeObject,
): { readonly spec: PipelineSpec; readonly origin: PipelineOrigin } | undefined => {
  const text = (configMap.data as Readonly<Record<string, string>> | undefined)?.[KEY]
  const { [UID]: uid, [GENERATION]: generation } = configMap.metadata.annotations ?? {}
  if (text === undefined || uid === undefined) return undefined
  try {
    return { spec: JSON.parse(text) as PipelineSpec, origin: { uid, generation: Number(generation) || 0 } }
  } catch {
    return undefined
  }
}
