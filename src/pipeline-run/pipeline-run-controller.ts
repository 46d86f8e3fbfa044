import { MANAGED_BY_SELECTOR } from '../api/labels.ts'
import type { PipelineRun, PipelineRunStatus } from '../api/pipeline-run.ts'
import { PipelineRuns, Pipelines, SparkApplications } from '../api/resource-types.ts'
import type { Controller } from '../controller/controller.ts'
import { kubernetesExecutor } from '../executor/kubernetes.ts'
import { sparkExecutor } from '../executor/spark.ts'
import { controllerOf, type KubeObject, keyOf, keyString, type ObjectKey } from '../kube/object.ts'
import { Pods } from '../kube/resource-type.ts'
import { BY_PIPELINE } from './caches.ts'
import { decide } from './decide.ts'
import { type ObserveContext, RunObserver } from './observe.ts'
import type { ObservedRun } from './observed.ts'
import { DEFAULT_LIMITS, type PipelineRunSettings } from './settings.ts'

export interface PipelineRunControllerOptions extends ObserveContext {
  /** Image of script tasks that name none. */
  readonly image: string
  /** Tries started in one pass of a run. */
  readonly startsPerPass?: number
}

/** Runs pipelines. Its caches are PIPELINE_RUN_CACHES. */
export const pipelineRunController = (
  options: PipelineRunControllerOptions,
): Controller<ObservedRun, PipelineRunStatus> => {
  const observer = new RunObserver(options)
  const settings: PipelineRunSettings = {
    ...DEFAULT_LIMITS,
    ...(options.startsPerPass !== undefined && { startsPerPass: options.startsPerPass }),
    worker: kubernetesExecutor({ image: options.image }),
    spark: sparkExecutor,
  }
  const runs = () => options.stores.store<PipelineRun & KubeObject>(PipelineRuns)
  return {
    name: 'pipelinerun',
    type: PipelineRuns,
    watches: [
      { type: Pods, labelSelector: MANAGED_BY_SELECTOR, keysOf: owningRun },
      { type: SparkApplications, keysOf: owningRun },
      {
        type: Pipelines,
        keysOf: (pipeline) =>
          runs()
            ?.byIndex(BY_PIPELINE, keyString(keyOf(pipeline)))
            .map(keyOf) ?? [],
      },
    ],
    observe: async (key) => {
      const run = runs()?.get(key)
      return run === undefined ? undefined : observer.observe(run)
    },
    decide: (observed, now) => decide(observed, now, settings),
  }
}

const owningRun = (child: KubeObject): readonly ObjectKey[] => {
  const owner = controllerOf(child)
  return owner?.kind === PipelineRuns.kind ? [{ ...keyOf(child), name: owner.name }] : []
}
