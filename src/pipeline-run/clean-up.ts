import type { PipelineRunStatus } from '../api/pipeline-run.ts'
import type { Action } from '../controller/decision.ts'
import type { KubeObject } from '../kube/object.ts'
import { isFinal } from '../pipeline/task-state.ts'
import { childLabel } from './children.ts'
import { inFlight } from './known-status.ts'
import { executorOfChild, type PipelineRunSettings } from './settings.ts'

/** Deletes the children that are given up, as far as they may still do something. */
export const cleanUp = (
  children: readonly KubeObject[],
  isGivenUp: (child: KubeObject) => boolean,
  settings: PipelineRunSettings,
): readonly Action[] =>
  children
    .filter((child) => isGivenUp(child) && executorOfChild(settings, child).isActive(child))
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined && metadata.uid !== undefined)
    .slice(0, settings.deletesPerPass)
    .map((child) => ({
      kind: 'delete',
      type: executorOfChild(settings, child).type,
      ref: {
        ...(child.metadata.namespace !== undefined && { namespace: child.metadata.namespace }),
        name: child.metadata.name,
        uid: child.metadata.uid!,
      },
    }))

/**
 * Children whose try the status on record has given up. Only what is on record counts: were a try given up and its pod
 * deleted in one pass, a crash between the two would make the deletion look like a lost pod.
 */
export const givenUpBy = (recorded: PipelineRunStatus): ((child: KubeObject) => boolean) => {
  const tasks = new Map((recorded.tasks ?? []).map((task) => [task.name, task]))
  return (child) => {
    const label = childLabel(child)
    const task = label === undefined ? undefined : tasks.get(label.task)
    if (label === undefined || task === undefined) return false
    if (isFinal(task.state)) return true
    const attempt = task.attempt ?? 0
    return label.attempt < attempt || (label.attempt === attempt && !inFlight(task))
  }
}
