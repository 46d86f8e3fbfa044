import type { TaskStatus } from '../api/pipeline-run.ts'
import { bounded } from '../controller/conditions.ts'
import type { Plan } from '../pipeline/plan.ts'
import { isFinal } from '../pipeline/task-state.ts'

/** Characters of results in one status: the object must stay well below what etcd takes (1.5 MiB by default). */
export const RESULTS_BUDGET = 262_144

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

/** From so many tasks on, messages are cut shorter, for the same reason. */
const MANY_TASKS = 100
const SHORT_MESSAGE = 256

export const withShortMessages = (tasks: readonly TaskStatus[]): readonly TaskStatus[] =>
  tasks.length <= MANY_TASKS
    ? tasks
    : tasks.map((task) =>
        task.message === undefined || task.message.length <= SHORT_MESSAGE
          ? task
          : { ...task, message: bounded(task.message, SHORT_MESSAGE) },
      )
