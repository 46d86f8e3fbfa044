import type { PipelineSpec } from '../api/pipeline.ts'
import type { PipelineRun } from '../api/pipeline-run.ts'
import type { Observation } from '../controller/controller.ts'
import type { KubeObject } from '../kube/object.ts'
import type { PlanResult } from '../pipeline/plan.ts'
import type { Progress } from '../pipeline/progress.ts'

/** Where the tasks of the run are written. */
export type PipelineSource =
  | { readonly kind: 'inline'; readonly planned: PlanResult }
  /** The copy that the run made of its Pipeline when it began: later changes of the Pipeline do not touch it. */
  | { readonly kind: 'pinned'; readonly planned: PlanResult; readonly origin: PipelineOrigin }
  /** The Pipeline itself; the run has made no copy yet. */
  | {
      readonly kind: 'named'
      readonly planned: PlanResult
      readonly origin: PipelineOrigin
      readonly spec: PipelineSpec
    }
  | { readonly kind: 'missing'; readonly name: string }

export interface PipelineOrigin {
  readonly uid: string
  readonly generation: number
}

export interface ObservedRun extends Observation {
  readonly subject: PipelineRun & KubeObject
  readonly source: PipelineSource
  /** Worker pods and SparkApplications that the run owns. */
  readonly children: readonly KubeObject[]
  /** Children that status names and that neither the cache nor the API server itself has. */
  readonly gone: ReadonlySet<string>
  /** What status says of the tasks, as counters; absent where there is no plan. Never changed: fork it. */
  readonly progress?: Progress
}
