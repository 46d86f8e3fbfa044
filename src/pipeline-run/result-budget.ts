import type { TaskStatus } from '../api/pipeline-run.ts'
import type { Plan } from '../pipeline/plan.ts'
import { isFinal } from '../pipeline/task-state.ts'

/** Characters of results in one status: the object must stay well below what etcd takes (1.5 MiB by default). */
export const RESULTS_BUDGET = 524_288

/**
 * `tasks` with as many results as fit. The first to go are those that no unfinished task reads, then by position; a
 * result that went is still in the pod of its task.
 */
export const withinBudget = (
  tasks: readonly TaskStatus[],
  plan: Plan,
  budget: number = RESULTS_BUDGET,
): TaskStatus[] => {
  let excess = tasks.reduce((sum, { result }) => sum + (result?.length ?? 0), 0) - budget
  if (excess <= 0) return [...tasks]
  const needed = new Set<number>()
  for (const [position, task] of tasks.entries()) {
    if (!isFinal(task.state)) for (const read of plan.reads[position] ?? []) needed.add(read)
  }
  const dropped = new Set<number>()
  const positions = [...tasks.keys()].sort((a, b) => Number(needed.has(a)) - Number(needed.has(b)) || a - b)
  for (const position of positions) {
    if (excess <= 0) break
    const { result } = tasks[position]!
    if (result === undefined) continue
    excess -= result.length
    dropped.add(position)
  }
  return tasks.map((task, position) => {
    if (!dropped.has(position)) return task
    const { result: _, ...rest } = task
    return rest
  })
}
