import type { BodyInput } from '../scheduler/task-body.ts'
import { isUrl } from '../sources/list-files.ts'
import type { AccumulatorV2 } from './accumulator.ts'
import type { Broadcast } from './broadcast.ts'
import type { ShippedValue } from './closure/shipped.ts'
import { Shipper } from './closure/shipper.ts'
import type { Args, Node, Resolved, ShuffleDependency, UserFunction } from './lineage.ts'
import { parentsOf } from './lineage.ts'
import {
  type PlanOperator,
  type PlanSink,
  readsOf,
  type StagePlan,
  type Step,
  shuffleToken,
} from './plan/stage-plan.ts'
import { StorageLevel, sameLevel } from './storage-level.ts'

/** A stage's plan and what its tasks need beside it. */
export interface PlannedStage {
  readonly plan: StagePlan
  readonly shuffles: readonly ShuffleDependency[]
  readonly broadcasts: ReadonlyMap<number, Broadcast<unknown>>
  readonly accumulators: ReadonlyMap<number, AccumulatorV2<never, unknown>>
  /** Operators that read rows of the program, with them. */
  readonly slices: ReadonlyMap<number, { readonly values: readonly unknown[]; readonly count: number }>
  /** By operator that reads a shuffle. */
  readonly reads: ReadonlyMap<number, ShuffleDependency>
  readonly bytes: ReadonlyMap<number, readonly number[]>
}

export type SinkWish =
  | { readonly kind: 'collect' }
  | { readonly kind: 'value' }
  | { readonly kind: 'shuffle'; readonly dependency: ShuffleDependency }

const isPersisted = (node: Node): boolean => !sameLevel(node.storageLevel, StorageLevel.NONE)

/** Turns the narrow part of a lineage into the plan of one stage. Values of the program are taken now. */
export class StagePlanner {
  private readonly shipper = new Shipper({ warn: () => {}, moment: 'action' })
  private readonly operators: PlanOperator[] = []
  private readonly known = new Map<Node, number>()
  private readonly reads = new Map<number, ShuffleDependency>()
  private readonly slices = new Map<number, { readonly values: readonly unknown[]; readonly count: number }>()
  private readonly bytes = new Map<number, readonly number[]>()

  static async plan(root: Node, wish: SinkWish): Promise<PlannedStage> {
    const planner = new StagePlanner()
    const id = await planner.operator(root)
    const sink = planner.sink(wish)
    return {
      plan: { closures: planner.shipper.nodes, operators: planner.operators, root: id, sink },
      shuffles: [...new Set(planner.reads.values())],
      broadcasts: planner.shipper.broadcasts,
      accumulators: planner.shipper.accumulators,
      slices: planner.slices,
      reads: planner.reads,
      bytes: planner.bytes,
    }
  }

  private sink(wish: SinkWish): PlanSink {
    if (wish.kind !== 'shuffle') return wish
    const { partitions, partitioner, combine, operator } = wish.dependency
    return {
      kind: 'shuffle',
      partitions,
      partitioner: partitioner && this.shipper.ship(partitioner, operator),
      combine: combine && this.args(combine, operator),
    }
  }

  private args(args: Args, operator: string): Readonly<Record<string, ShippedValue>> {
    const named = { name: operator, ...args }
    return Object.fromEntries(Object.entries(named).map(([key, value]) => [key, this.shipper.ship(value, operator)]))
  }

  private add(operator: PlanOperator): number {
    return this.operators.push(operator) - 1
  }

  private async operator(node: Node): Promise<number> {
    const known = this.known.get(node)
    if (known !== undefined) return known
    const made = await this.stored(node)
    this.known.set(node, made)
    return made
  }

  private async stored(node: Node): Promise<number> {
    const { checkpointed, storageLevel: level } = node
    if (checkpointed?.kind === 'files') return this.add({ op: 'blocks', paths: checkpointed.paths })
    if (checkpointed?.kind === 'local') return this.add({ op: 'persisted', parent: undefined, rdd: node.id, level })
    const computed = await this.computed(node)
    return isPersisted(node) ? this.add({ op: 'persisted', parent: computed, rdd: node.id, level }) : computed
  }

  private async computed(node: Node): Promise<number> {
    const { lineage, operator } = node
    const resolved = await node.resolved()
    switch (lineage.kind) {
      case 'slices': {
        const id = this.add({ op: 'slices' })
        this.slices.set(id, { values: lineage.values, count: resolved.partitions })
        return id
      }
      case 'range': {
        const { start, step, count } = lineage
        return this.add({ op: 'range', start, step, count, slices: resolved.partitions })
      }
      case 'text':
        return this.sized(this.add({ op: 'text', splits: resolved.splits }), resolved)
      case 'files': {
        const groups = resolved.splits.map((group) => group.map(({ path }) => path).filter((path) => !isUrl(path)))
        return this.sized(this.add({ op: 'files', as: lineage.as, groups }), resolved)
      }
      case 'blocks':
        return this.sized(this.add({ op: 'blocks', paths: resolved.splits.map((group) => group[0]!.path) }), resolved)
      case 'step':
        return this.step(lineage.parent, { kind: lineage.step, ...this.fn(lineage.fn, operator) })
      case 'partition': {
        const parent = await this.operator(lineage.parent)
        const fn = this.shipper.ship(lineage.fn, operator)
        return this.add({ op: 'partition', parent, name: operator, fn, withIndex: lineage.withIndex })
      }
      case 'builtin':
        return this.builtin(await this.operator(lineage.parent), resolved, operator)
      case 'union': {
        const parents = await this.all(lineage.parents)
        if (resolved.partitioner !== undefined) return this.add({ op: 'aligned', parents })
        const counts = await Promise.all(lineage.parents.map(async (parent) => (await parent.resolved()).partitions))
        return this.add({ op: 'union', parents, counts })
      }
      case 'coalesced':
        return this.add({ op: 'coalesced', parent: await this.operator(lineage.parent), groups: resolved.groups })
      case 'cartesian': {
        const [left, right] = (await this.all([lineage.left, lineage.right])) as [number, number]
        return this.add({ op: 'cartesian', left, right, rightCount: (await lineage.right.resolved()).partitions })
      }
      case 'zip': {
        const parents = await this.all(lineage.parents)
        return this.add({ op: 'zip', parents, fn: lineage.fn && this.shipper.ship(lineage.fn, operator) })
      }
      case 'shuffled':
        return this.builtin(await this.side(lineage.parent, resolved.shuffles[0]), resolved, operator)
      case 'cogroup': {
        const parents: number[] = []
        for (const [i, parent] of lineage.parents.entries()) parents.push(await this.side(parent, resolved.shuffles[i]))
        return this.add({ op: 'cogroup', parents })
      }
    }
  }

  private async all(nodes: readonly Node[]): Promise<readonly number[]> {
    const ids: number[] = []
    for (const node of nodes) ids.push(await this.operator(node))
    return ids
  }

  /** A parent as it is, or the blocks of its shuffle. */
  private async side(parent: Node, dependency: ShuffleDependency | undefined): Promise<number> {
    if (dependency === undefined) return this.operator(parent)
    const id = this.add({ op: 'shuffled', keyed: dependency.partitioner !== undefined })
    this.reads.set(id, dependency)
    return id
  }

  private builtin(parent: number, { call }: Resolved, operator: string): number {
    return call === undefined
      ? parent
      : this.add({ op: 'builtin', parent, name: call.name, args: this.args(call.args, operator) })
  }

  private fn(fn: UserFunction | undefined, operator: string): { readonly fn?: ShippedValue } {
    return fn === undefined ? {} : { fn: this.shipper.ship(fn, operator) }
  }

  /** Steps that follow each other become one operator. */
  private async step(parentNode: Node, step: Step): Promise<number> {
    const parent = await this.operator(parentNode)
    const before = this.operators[parent]!
    if (before.op !== 'steps') return this.add({ op: 'steps', parent, steps: [step] })
    return this.add({ op: 'steps', parent: before.parent, steps: [...before.steps, step] })
  }

  private sized(id: number, { splits }: Resolved): number {
    this.bytes.set(
      id,
      splits.map((group) => group.reduce((sum, { bytes }) => sum + bytes, 0)),
    )
    return id
  }
}

/** All operators and partitions that one partition of the root is computed from. */
export const visits = (plan: StagePlan, partition: number): readonly (readonly [number, number])[] => {
  const found = new Map<string, readonly [number, number]>()
  const visit = (id: number, each: number): void => {
    const key = `${id}.${each}`
    if (found.has(key)) return
    found.set(key, [id, each])
    for (const [parent, other] of readsOf(plan.operators[id]!, each)) visit(parent, other)
  }
  visit(plan.root, partition)
  return [...found.values()]
}

/** Inputs of a task that reads blocks of shuffles. */
export const shuffleInputs = (
  stage: PlannedStage,
  reads: readonly (readonly [number, number])[],
  idOf: (dependency: ShuffleDependency) => number,
): readonly BodyInput[] =>
  reads.flatMap(([id, partition]): BodyInput[] => {
    const dependency = stage.reads.get(id)
    if (dependency === undefined) return []
    return [
      {
        token: shuffleToken(id, partition),
        kind: 'shuffle',
        shuffle: idOf(dependency),
        from: partition,
        to: partition + 1,
      },
    ]
  })

/** Every RDD that an action on this one may compute. */
export const ancestors = (node: Node): readonly Node[] => {
  const found = new Set<Node>()
  const visit = (each: Node): void => {
    if (found.has(each)) return
    found.add(each)
    if (each.checkpointed === undefined) for (const parent of parentsOf(each.lineage)) visit(parent)
  }
  visit(node)
  return [...found]
}
