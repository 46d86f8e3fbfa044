import { ATTEMPT, TASK } from '../api/labels.ts'
import type { KubeObject } from '../kube/object.ts'

export interface ChildLabel {
  readonly task: string
  readonly attempt: number
}

/** Which try of which task a child is; undefined for anything else that the run owns. */
export const childLabel = (child: KubeObject): ChildLabel | undefined => {
  const task = child.metadata.labels?.[TASK]
  const attempt = Number(child.metadata.labels?.[ATTEMPT])
  return task === undefined || !Number.isSafeInteger(attempt) || attempt < 1 ? undefined : { task, attempt }
}

/** Children by task and attempt. */
export const childrenByTask = (
  children: readonly KubeObject[],
): ReadonlyMap<string, ReadonlyMap<number, KubeObject>> => {
  const byTask = new Map<string, Map<number, KubeObject>>()
  for (const child of children) {
    const label = childLabel(child)
    if (label === undefined) continue
    const attempts = byTask.get(label.task) ?? new Map<number, KubeObject>()
    byTask.set(label.task, attempts.set(label.attempt, child))
  }
  return byTask
}
