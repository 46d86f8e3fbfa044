import { pass, project } from '../optimizer/build.ts'
import type { Attribute, Expression, Named } from '../plan/expression.ts'
import type { LogicalPlan } from '../plan/logical-plan.ts'
import type { PhysicalOptions } from './physical-options.ts'
import type { Partitioning, Stage, StageInput } from './physical-plan.ts'

/** How the rows of a fragment lie over its tasks. */
export type Spread =
  /** One task, that could as well be run by every task of another fragment: it reads little and gives the same each time. */
  | { readonly kind: 'inline' }
  | { readonly kind: 'single' }
  /** Anyhow. */
  | { readonly kind: 'cut' }
  /** By the hash of the keys; each key is a set of columns that are equal in every row. */
  | { readonly kind: 'hash'; readonly keys: readonly ReadonlySet<number>[]; readonly partitions: number }
  /**
   * By ranges of one key, in the order of which the tables lie that it reads. With `boundaries` undefined its tables are
   * cut anyhow as yet, but could be cut so.
   */
  | {
      readonly kind: 'range'
      readonly keys: readonly [ReadonlySet<number>]
      readonly boundaries: readonly bigint[] | undefined
    }

/** A stage in the making: what can be computed without moving rows once more. */
export interface Fragment {
  readonly plan: LogicalPlan
  readonly inputs: readonly StageInput[]
  readonly spread: Spread
  readonly tasks: number
  /** See Stage. */
  readonly additive: ReadonlySet<string>
  readonly whyWhole: string | undefined
  readonly notes: readonly string[]
}

export interface Planner {
  readonly options: PhysicalOptions
  readonly newId: () => number
  readonly newInput: () => string
  /** `wanted`: columns by whose order a join above could read what `node` gives, if its rows stay as they lie. */
  readonly plan: (node: LogicalPlan, wanted?: ReadonlySet<number>) => Fragment
  /** A stage that computes the fragment and sends its rows on; an equal one that is planned already serves both. */
  readonly stage: (fragment: Fragment, output: Partitioning) => StageOf
}

export interface StageOf {
  readonly stage: Stage
}

export const isOneTask = ({ spread }: Fragment): boolean => spread.kind === 'inline' || spread.kind === 'single'

const NONE: ReadonlySet<string> = new Set()

/** The fragment with a node above it that works row by row: what it gives of all rows is what it gives of each part. */
export const extendRows = (fragment: Fragment, plan: LogicalPlan): Fragment => ({ ...fragment, plan })

/** The fragment with a node above it that looks at rows together. */
export const extendWhole = (fragment: Fragment, plan: LogicalPlan): Fragment => ({ ...fragment, plan, additive: NONE })

export const readStage = (
  planner: Planner,
  fragment: Fragment,
  output: Partitioning,
): { readonly input: StageInput; readonly plan: LogicalPlan } => {
  const { stage } = planner.stage(fragment, output)
  const name = planner.newInput()
  const attributes = fragment.plan.output
  const kind = output.kind === 'broadcast' ? 'broadcast' : 'shuffle'
  return { input: { name, kind, stage, attributes }, plan: { kind: 'stage-input', name, output: attributes } }
}

/** The fragment's rows after an exchange. */
export const exchange = (planner: Planner, fragment: Fragment, output: Partitioning): Fragment => {
  const { input, plan } = readStage(planner, fragment, output)
  const base = { plan, inputs: [input], whyWhole: undefined, notes: [], additive: new Set([input.name]) }
  switch (output.kind) {
    case 'single':
    case 'broadcast':
      return { ...base, spread: { kind: 'single' }, tasks: 1 }
    case 'hash': {
      const keys = output.keys.map((key) => new Set(key.kind === 'attribute' ? [key.id] : []))
      const { partitions } = output
      return { ...base, spread: { kind: 'hash', keys, partitions }, tasks: partitions }
    }
    case 'range':
    case 'round-robin':
      return { ...base, spread: { kind: 'cut' }, tasks: output.partitions }
  }
}

/** All rows in one task; `why`: said when rows that lay in several must come together for it. */
export const toSingle = (planner: Planner, fragment: Fragment, why?: string): Fragment =>
  isOneTask(fragment) ? fragment : { ...exchange(planner, fragment, { kind: 'single' }), whyWhole: why }

/** The expressions as columns; what is none yet is computed by a projection. */
export const withColumns = (
  planner: Planner,
  fragment: Fragment,
  expressions: readonly Expression[],
): { readonly fragment: Fragment; readonly columns: readonly Attribute[] } => {
  const given = new Set(fragment.plan.output.map(({ id }) => id))
  const added: Named[] = []
  const columns = expressions.map((expression) => {
    if (expression.kind === 'attribute' && given.has(expression.id)) return expression
    const { type, nullable } = expression
    const attribute: Attribute = { kind: 'attribute', id: planner.newId(), name: 'key', type, nullable }
    added.push({ attribute, expression })
    return attribute
  })
  if (added.length === 0) return { fragment, columns }
  const plan = project(fragment.plan, [...fragment.plan.output.map(pass), ...added])
  return { fragment: extendRows(fragment, plan), columns }
}

type KeyedSpread = Spread & { readonly kind: 'hash' | 'range' }

/** The spread with its keys under other columns, or with more columns that are equal to them. */
export const withKeys = (
  spread: KeyedSpread,
  change: (key: ReadonlySet<number>) => ReadonlySet<number>,
): KeyedSpread =>
  spread.kind === 'hash' ? { ...spread, keys: spread.keys.map(change) } : { ...spread, keys: [change(spread.keys[0])] }

/** The spread under other names of its columns: `names` gives the new ids of an old one; a key that is lost leaves the rows anyhow. */
export const renamed = (spread: Spread, names: (id: number) => readonly number[]): Spread => {
  if (!('keys' in spread)) return spread
  const next = withKeys(spread, (key) => new Set([...key].flatMap(names)))
  return next.keys.some((key) => key.size === 0) ? { kind: 'cut' } : next
}

/** New names of columns that a projection passes on. */
export const namesThrough = (items: readonly Named[]) => {
  const names = new Map<number, number[]>()
  for (const { attribute, expression } of items) {
    if (expression.kind !== 'attribute') continue
    const known = names.get(expression.id)
    if (known === undefined) names.set(expression.id, [attribute.id])
    else known.push(attribute.id)
  }
  return (id: number): readonly number[] => names.get(id) ?? []
}

/** How many partitions a shuffle of so many bytes gets. */
export const partitionsFor = ({ limits, slots }: PhysicalOptions, bytes: number): number =>
  limits.shufflePartitions ?? Math.max(1, slots, Math.min(1000, Math.ceil(bytes / limits.partitionBytes)))
