import type { PipelineTask } from '../api/pipeline.ts'
import type { KubeObject, OwnerReference } from '../kube/object.ts'
import type { ResourceType } from '../kube/resource-type.ts'
import type { FailureClass } from '../pipeline/retry.ts'

/** One try of a task, ready to run: its templates are filled in. */
export interface TaskAttempt {
  readonly run: { readonly name: string; readonly namespace: string; readonly owner: OwnerReference }
  readonly task: PipelineTask
  /** Counted from 1, never used twice: the fencing token of the try. */
  readonly attempt: number
  /** spec.serviceAccountName of the pipeline. */
  readonly serviceAccountName?: string | undefined
}

export type Built =
  | { readonly ok: true; readonly object: KubeObject }
  /** The task cannot be run as it is written; trying again would not help. */
  | { readonly ok: false; readonly reason: string; readonly message: string }

/** How a try is. Times are epoch milliseconds by the clock of whoever ran it. */
export type TaskOutcome =
  | {
      readonly state: 'queued'
      /** Why it does not run yet, where that is known. */
      readonly reason?: string | undefined
      readonly message?: string | undefined
      /** Present: it will not start by itself; from this time on it has failed so. */
      readonly failsAt?: number | undefined
      readonly class?: FailureClass | undefined
    }
  | { readonly state: 'running'; readonly startedAt: number | undefined }
  | {
      readonly state: 'success'
      /** JSON text. */
      readonly result: string | undefined
      readonly startedAt: number | undefined
      readonly endedAt: number | undefined
    }
  | TaskFailure

export interface TaskFailure {
  readonly state: 'failed'
  readonly class: FailureClass
  readonly reason: string
  readonly message: string
  readonly startedAt?: number | undefined
  readonly endedAt?: number | undefined
}

/** A way to run a task's tries: what to make of one, and what became of it. Pure. */
export interface TaskExecutor {
  /** Which objects it makes. */
  readonly type: ResourceType
  /** Where the child is named in a task's status. */
  readonly field: 'podName' | 'application'
  childName(run: string, task: string, attempt: number): string
  build(attempt: TaskAttempt): Built
  outcome(child: KubeObject): TaskOutcome
  /** Whether the child may still use anything: it is deleted when its try is over. */
  isActive(child: KubeObject): boolean
}
