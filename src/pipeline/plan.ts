import type { PipelineSpec, PipelineTask } from '../api/pipeline.ts'
import { buildGraph, type Graph } from './graph.ts'
import { quotedReference } from './quoted-template.ts'
import { mapTexts } from './task-texts.ts'
import { parseTemplate, type Reference, references, shownReference } from './template.ts'
import type { TriggerRule } from './trigger-rule.ts'

/** A pipeline that was checked. Every array is indexed by the position of the task. */
export interface Plan {
  readonly spec: PipelineSpec
  readonly graph: Graph
  readonly rules: readonly TriggerRule[]
  /** Positions of the tasks whose results a task's templates read. */
  readonly reads: readonly (readonly number[])[]
}

export type PlanResult =
  | { readonly ok: true; readonly plan: Plan }
  /** Sentences, each naming the task; never empty. */
  | { readonly ok: false; readonly problems: readonly string[] }

const MAX_PROBLEMS = 10

/** Checks what the API server cannot: names, cycles, templates. Never throws. */
export const makePlan = (spec: PipelineSpec): PlanResult => {
  const linked = buildGraph(spec.tasks)
  if (!linked.ok) return { ok: false, problems: linked.problems.map(({ message }) => message).slice(0, MAX_PROBLEMS) }
  const { graph } = linked
  const params = new Set((spec.params ?? []).map(({ name }) => name))
  const problems: string[] = []
  const reads = spec.tasks.map((task, position) => readsOf(task, position, graph, params, problems))
  if (problems.length > 0) return { ok: false, problems: problems.slice(0, MAX_PROBLEMS) }
  return { ok: true, plan: { spec, graph, rules: spec.tasks.map((task) => task.triggerRule ?? 'all_success'), reads } }
}

const readsOf = (
  task: PipelineTask,
  position: number,
  graph: Graph,
  params: ReadonlySet<string>,
  problems: string[],
): readonly number[] => {
  const reads = new Set<number>()
  mapTexts(task, (text, where, kind) => {
    const parsed = parseTemplate(text)
    if (!parsed.ok) problems.push(`Task '${task.name}', ${where}: ${parsed.message}.`)
    else {
      const quoted = kind === 'source' && task.script && quotedReference(parsed.template.parts, task.script.interpreter)
      if (quoted) problems.push(`Task '${task.name}', ${where}: ${quotes(quoted, task.script!.interpreter)}`)
      for (const reference of references(parsed.template)) {
        const problem = misreference(reference, task, position, graph, params)
        if (problem !== undefined) problems.push(`Task '${task.name}', ${where}: ${problem}`)
        else if (reference.kind === 'task' && reference.field === 'result') {
          reads.add(graph.positionOf.get(reference.task)!)
        }
      }
    }
    return text
  })
  return [...reads]
}

const quotes = (reference: Reference, interpreter: string): string => {
  const shown = `{{ ${shownReference(reference)} }}`
  return interpreter === 'bash'
    ? `${shown} stands between single quotes, where bash reads no variable; put double quotes around it.`
    : `${shown} stands between quotes, where ${interpreter} reads no variable; take the quotes away: the template is an expression.`
}

/** A task may read only what is certain to have ended before it: tasks that it depends on, directly or not. */
const misreference = (
  reference: Reference,
  task: PipelineTask,
  position: number,
  graph: Graph,
  params: ReadonlySet<string>,
): string | undefined => {
  const shown = `{{ ${shownReference(reference)} }}`
  switch (reference.kind) {
    case 'run':
      return undefined
    case 'param':
      if (params.has(reference.name)) return undefined
      return `${shown}: the pipeline has no parameter '${reference.name}'; add it to params.`
    case 'task': {
      const read = graph.positionOf.get(reference.task)
      if (read === undefined) return `${shown}: there is no task '${reference.task}'.`
      if (isUpstream(read, position, graph)) return undefined
      return `${shown}: task '${task.name}' does not depend on '${reference.task}'; add it to dependsOn.`
    }
  }
}

const isUpstream = (wanted: number, from: number, graph: Graph): boolean => {
  const seen = new Set<number>()
  const open = [...graph.upstream[from]!]
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (at === wanted) return true
    // What is ordered before the wanted task cannot depend on it.
    if (seen.has(at) || graph.rank[at]! < graph.rank[wanted]!) continue
    seen.add(at)
    open.push(...graph.upstream[at]!)
  }
  return false
}

export type ParamsResult =
  | { readonly ok: true; readonly params: ReadonlyMap<string, string> }
  | { readonly ok: false; readonly problems: readonly string[] }

/** The run's values over the pipeline's defaults. */
export const paramsOf = (spec: PipelineSpec, given: Readonly<Record<string, string>> = {}): ParamsResult => {
  const declared = spec.params ?? []
  const names = new Set(declared.map(({ name }) => name))
  const unknown = Object.keys(given).filter((name) => !names.has(name))
  const params = new Map<string, string>()
  const missing: string[] = []
  for (const { name, default: fallback } of declared) {
    const value = Object.hasOwn(given, name) ? given[name] : fallback
    if (value === undefined) missing.push(name)
    else params.set(name, value)
  }
  const problems = [
    ...missing.map((name) => `Parameter '${name}' has no default: give it in spec.params of the run.`),
    ...unknown.map((name) => `The pipeline has no parameter '${name}'; it knows ${[...names].join(', ') || 'none'}.`),
  ]
  return problems.length > 0 ? { ok: false, problems: problems.slice(0, MAX_PROBLEMS) } : { ok: true, params }
}
