/** What of a task makes it a node. */
export interface GraphTask {
  readonly name: string
  readonly dependsOn?: readonly string[] | undefined
}

/** A DAG over task positions: every array is indexed by the position of the task in the manifest. */
export interface Graph {
  readonly names: readonly string[]
  readonly positionOf: ReadonlyMap<string, number>
  readonly upstream: readonly (readonly number[])[]
  readonly downstream: readonly (readonly number[])[]
  /** Every task after all that it depends on. */
  readonly order: readonly number[]
  /** Inverse of `order`. */
  readonly rank: readonly number[]
}

export interface GraphProblem {
  readonly kind: 'empty' | 'duplicate' | 'self-dependency' | 'unknown-dependency' | 'cycle'
  readonly message: string
}

export type GraphResult =
  | { readonly ok: true; readonly graph: Graph }
  | { readonly ok: false; readonly problems: readonly GraphProblem[] }

const MAX_PROBLEMS = 20
const SHOWN_PATH = 12

/** Links tasks by name. All problems of names are told at once; cycles are looked for when the names are right. */
export const buildGraph = (tasks: readonly GraphTask[]): GraphResult => {
  if (tasks.length === 0) {
    return { ok: false, problems: [{ kind: 'empty', message: 'A pipeline needs at least one task.' }] }
  }
  const problems: GraphProblem[] = []
  const positionOf = new Map<string, number>()
  for (const [position, task] of tasks.entries()) {
    const first = positionOf.get(task.name)
    if (first === undefined) positionOf.set(task.name, position)
    else {
      const message = `Tasks ${first + 1} and ${position + 1} are both named '${task.name}'; rename one.`
      problems.push({ kind: 'duplicate', message })
    }
  }
  const upstream = tasks.map((task) => linked(task, positionOf, problems))
  if (problems.length > 0) return { ok: false, problems: problems.slice(0, MAX_PROBLEMS) }

  const downstream: number[][] = tasks.map(() => [])
  for (const [position, before] of upstream.entries()) for (const each of before) downstream[each]!.push(position)
  const names = tasks.map((task) => task.name)
  const order = ordered(upstream, downstream)
  if (order.length < tasks.length) {
    const path = cycleOf(upstream, new Set(order)).map((position) => names[position]!)
    const message = `Tasks depend on each other in a circle: ${shown(path)}; remove one of these dependencies.`
    return { ok: false, problems: [{ kind: 'cycle', message }] }
  }
  const rank = new Array<number>(order.length)
  for (const [place, position] of order.entries()) rank[position] = place
  return { ok: true, graph: { names, positionOf, upstream, downstream, order, rank } }
}

const linked = (task: GraphTask, positionOf: ReadonlyMap<string, number>, problems: GraphProblem[]): number[] => {
  const positions = new Set<number>()
  for (const name of task.dependsOn ?? []) {
    const position = positionOf.get(name)
    if (name === task.name) {
      problems.push({ kind: 'self-dependency', message: `Task '${task.name}' depends on itself: ${name} → ${name}.` })
    } else if (position === undefined) {
      const message = `Task '${task.name}' depends on '${name}', and there is no task of that name.`
      problems.push({ kind: 'unknown-dependency', message })
    } else positions.add(position)
  }
  return [...positions]
}

/** Kahn's order; shorter than the graph where there is a cycle. */
const ordered = (upstream: readonly (readonly number[])[], downstream: readonly (readonly number[])[]): number[] => {
  const open = upstream.map((before) => before.length)
  const order: number[] = []
  for (const [position, count] of open.entries()) if (count === 0) order.push(position)
  for (let next = 0; next < order.length; next++) {
    for (const after of downstream[order[next]!]!) {
      open[after]!--
      if (open[after] === 0) order.push(after)
    }
  }
  return order
}

/** Each task left over waits for another one left over: walking up from any of them must come round. */
const cycleOf = (upstream: readonly (readonly number[])[], settled: ReadonlySet<number>): number[] => {
  let at = upstream.findIndex((_, position) => !settled.has(position))
  const seen = new Map<number, number>()
  const walk: number[] = []
  while (!seen.has(at)) {
    seen.set(at, walk.length)
    walk.push(at)
    at = upstream[at]!.find((before) => !settled.has(before))!
  }
  const circle = walk.slice(seen.get(at)!).reverse()
  const first = circle.indexOf(Math.min(...circle))
  return [...circle.slice(first), ...circle.slice(0, first + 1)]
}

const shown = (path: readonly string[]): string =>
  path.length <= SHOWN_PATH
    ? path.join(' → ')
    : `${path.slice(0, SHOWN_PATH - 2).join(' → ')} → … (${path.length - SHOWN_PATH + 1} more) → ${path.at(-1)}`
