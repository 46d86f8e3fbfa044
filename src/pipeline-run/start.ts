import { timestamp } from '../controller/conditions.ts'
import { ownerReference } from '../kube/object.ts'
import { fillTask } from '../pipeline/fill.ts'
import type { Scope } from '../pipeline/render.ts'
import { childField, failedUnstarted } from './attempts.ts'
import { type Pass, setTask, wake } from './pass.ts'
import { executorOf } from './settings.ts'

/**
 * Settles what the trigger rules decide and starts what they let run, in topological order. A task that cannot even be
 * started fails at once, which may let others run: it goes on until nothing moves.
 */
export const startReady = (pass: Pass, mayStart: boolean): void => {
  let started = 0
  for (;;) {
    for (const position of pass.progress.propagate()) passedOver(pass, position)
    let moved = false
    for (const position of pass.progress.ready()) {
      if (!mayStart || started >= pass.settings.startsPerPass) {
        waiting(pass, position)
        if (mayStart) wake(pass, pass.now)
      } else if (start(pass, position)) started++
      else moved = true
    }
    if (!moved) return
  }
}

/** The rule let the task not run. Says which upstream task was the cause, where one was. */
export const passedOver = (pass: Pass, position: number): void => {
  const state = pass.progress.state(position)
  const { graph } = pass.plan
  const cause = graph.upstream[position]!.find((before) => {
    const at = pass.progress.state(before)
    return state === 'upstream_failed' ? at === 'failed' || at === 'upstream_failed' : at === 'skipped'
  })
  pass.tasks[position] = {
    name: graph.names[position]!,
    state,
    endTime: timestamp(pass.now),
    reason: state === 'upstream_failed' ? 'UpstreamFailed' : 'TriggerRule',
    message:
      cause === undefined
        ? `its trigger rule ${pass.plan.rules[position]} was not met`
        : `task '${graph.names[cause]}' is ${pass.progress.state(cause)}`,
  }
}

const waiting = (pass: Pass, position: number): void => {
  const status = pass.tasks[position]!
  if (status.state !== 'scheduled') pass.tasks[position] = { ...status, state: 'scheduled' }
}

const start = (pass: Pass, position: number): boolean => {
  const task = pass.plan.spec.tasks[position]!
  const status = pass.tasks[position]!
  const filled = fillTask(task, scopeOf(pass))
  if (!filled.ok) {
    setTask(pass, position, failedUnstarted(status, 'TemplateFailed', filled.message, pass.now))
    return false
  }
  const executor = executorOf(pass.settings, task)
  const attempt = (status.attempt ?? 0) + 1
  const built = executor.build({
    run: {
      name: pass.run.metadata.name,
      namespace: pass.run.metadata.namespace ?? 'default',
      owner: ownerReference(pass.run),
    },
    task: filled.task,
    attempt,
    serviceAccountName: pass.plan.spec.serviceAccountName,
  })
  if (!built.ok) {
    setTask(pass, position, failedUnstarted(status, built.reason, built.message, pass.now))
    return false
  }
  pass.actions.push({ kind: 'create', type: executor.type, object: built.object })
  const { name, userFailures, infrastructureFailures } = status
  setTask(pass, position, {
    name,
    state: 'queued',
    attempt,
    ...(userFailures !== undefined && { userFailures }),
    ...(infrastructureFailures !== undefined && { infrastructureFailures }),
    ...childField(executor, built.object.metadata.name),
  })
  return true
}

const scopeOf = (pass: Pass): Scope => {
  const { positionOf } = pass.plan.graph
  const at = (name: string) => {
    const position = positionOf.get(name)
    return position === undefined ? undefined : pass.tasks[position]
  }
  return {
    run: { name: pass.run.metadata.name, namespace: pass.run.metadata.namespace ?? 'default' },
    params: pass.params,
    tasks: {
      state: (name) => at(name)?.state,
      result: (name) => at(name)?.result ?? resultOfChild(pass, name),
    },
  }
}

/** Status holds only so many results; the pod of a finished task still has its own. */
const resultOfChild = (pass: Pass, name: string): string | undefined => {
  const position = pass.plan.graph.positionOf.get(name)
  const task = position === undefined ? undefined : pass.tasks[position]
  const child = pass.children.get(name)?.get(task?.attempt ?? 0)
  if (position === undefined || task?.state !== 'success' || child === undefined) return undefined
  const outcome = executorOf(pass.settings, pass.plan.spec.tasks[position]!).outcome(child)
  return outcome.state === 'success' ? outcome.result : undefined
}
