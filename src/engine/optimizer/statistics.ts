import type { Attribute, Expression } from '../plan/expression.ts'
import { idsOf } from '../plan/expression-tree.ts'
import type { LogicalPlan, PlanOf } from '../plan/logical-plan.ts'
import { sourceBytes } from '../sources/file-source.ts'
import type { KeyRanges } from '../sources/key-ranges.ts'
import { conjuncts } from './expression-tree.ts'
import { joinPairs } from './join-keys.ts'
import { numericValue } from './numeric-value.ts'
import { selectivity } from './selectivity.ts'
import { columnWidth } from './width.ts'

/** What a source's own metadata says, for instance the footers of Parquet files. */
export interface SourceStatistics {
  readonly rows: number
  /** By the source's name of the column. */
  readonly columns: ReadonlyMap<string, SourceColumnStatistics>
  /** Absent: it lies in the order of no column. */
  readonly keyRanges?: KeyRanges
}

export interface SourceColumnStatistics {
  /** As numbers: days for dates, microseconds for timestamps, values for numbers; undefined for the rest. */
  readonly min: number | undefined
  readonly max: number | undefined
  readonly nulls: number | undefined
  /** Every row of every file has a value, by what all footers say. */
  readonly neverNull?: boolean
  /** Compressed bytes of the column in all files. */
  readonly bytes: number | undefined
}

export interface ColumnEstimate {
  readonly distinct: number
  readonly min: number | undefined
  readonly max: number | undefined
  /** Bytes of a value, on disk where that is known. */
  readonly width: number
}

/** What is thought of a node's rows. Nothing depends on it but cost. */
export interface Estimate {
  readonly rows: number
  readonly columns: ReadonlyMap<number, ColumnEstimate>
}

export type Estimator = (plan: LogicalPlan) => Estimate

export const rowWidth = (attributes: readonly Attribute[], estimate: Estimate): number =>
  attributes.reduce((sum, { id, type }) => sum + (estimate.columns.get(id)?.width ?? columnWidth(type)), 0)

/** Bytes of all rows of the plan, as they would lie on disk. */
export const estimatedBytes = (plan: LogicalPlan, estimate: Estimator): number => {
  const of = estimate(plan)
  return Math.ceil(of.rows * Math.max(1, rowWidth(plan.output, of)))
}

const DEFAULT_ROWS = 1000
/** Each node is looked at once; the same objects come back in most rewritings. */
export const makeEstimator = (
  sources: ReadonlyMap<string, SourceStatistics>,
  known: (name: string) => Estimate | undefined = () => undefined,
): Estimator => {
  const memo = new WeakMap<LogicalPlan, Estimate>()
  const estimate: Estimator = (plan) => {
    const seen = memo.get(plan)
    if (seen !== undefined) return seen
    const made =
      plan.kind === 'stage-input'
        ? (known(plan.name) ?? unknown(plan, DEFAULT_ROWS))
        : estimateNode(plan, estimate, sources)
    memo.set(plan, made)
    return made
  }
  return estimate
}

const unknown = (plan: LogicalPlan, rows: number): Estimate => ({ rows, columns: defaults(plan.output, rows) })

const defaults = (attributes: readonly Attribute[], rows: number): ReadonlyMap<number, ColumnEstimate> =>
  new Map(attributes.map(({ id, type }) => [id, guess(type.kind, rows, columnWidth(type))]))

const guess = (kind: string, rows: number, width: number): ColumnEstimate => ({
  distinct: kind === 'boolean' ? 2 : Math.max(1, Math.min(rows, kind === 'string' ? rows / 4 : rows / 2)),
  min: undefined,
  max: undefined,
  width,
})

const capped = (columns: ReadonlyMap<number, ColumnEstimate>, rows: number): ReadonlyMap<number, ColumnEstimate> =>
  new Map(
    [...columns].map(([id, column]) => [id, { ...column, distinct: Math.max(1, Math.min(column.distinct, rows)) }]),
  )

const withRows = (estimate: Estimate, rows: number): Estimate => {
  const kept = Math.max(0, rows)
  return { rows: kept, columns: capped(estimate.columns, Math.max(1, kept)) }
}

const estimateNode = (
  plan: Exclude<LogicalPlan, PlanOf<'stage-input'>>,
  estimate: Estimator,
  sources: ReadonlyMap<string, SourceStatistics>,
): Estimate => {
  switch (plan.kind) {
    case 'scan':
      return filtered(scanEstimate(plan, sources), plan.filters)
    case 'range': {
      const span = plan.end - plan.start
      const rows = Math.max(0, Number((span + plan.step - (plan.step > 0n ? 1n : -1n)) / plan.step))
      const column = { distinct: Math.max(1, rows), min: Number(plan.start), max: Number(plan.end), width: 8 }
      return { rows, columns: new Map(plan.output.map(({ id }) => [id, column])) }
    }
    case 'values':
      return unknown(plan, plan.rows.length)
    case 'project': {
      const input = estimate(plan.input)
      return {
        rows: input.rows,
        columns: computed(
          plan.items.map((item) => [item.attribute, item.expression]),
          input,
        ),
      }
    }
    case 'filter':
      return filtered(estimate(plan.input), conjuncts(plan.condition))
    case 'aggregate': {
      const input = estimate(plan.input)
      const groups = computed(
        plan.groups.map((item) => [item.attribute, item.expression]),
        input,
      )
      const combinations = [...groups.values()].reduce((product, { distinct }) => product * distinct, 1)
      const rows = plan.groups.length === 0 ? 1 : Math.max(Math.min(1, input.rows), Math.min(input.rows, combinations))
      const values = plan.aggregates.map(
        ({ attribute }) => [attribute.id, guess('', rows, columnWidth(attribute.type))] as const,
      )
      return withRows({ rows, columns: new Map([...groups, ...values]) }, rows)
    }
    case 'expand': {
      const input = estimate(plan.input)
      const rows = input.rows * plan.projections.length
      const first = plan.projections[0] ?? []
      return {
        rows,
        columns: computed(
          plan.output.map((attribute, index) => [attribute, first[index]!]),
          input,
        ),
      }
    }
    case 'join':
      return joinEstimate(plan, estimate)
    case 'limit': {
      const input = estimate(plan.input)
      return withRows(input, Math.min(plan.count ?? Number.POSITIVE_INFINITY, Math.max(0, input.rows - plan.offset)))
    }
    case 'union': {
      const arms = plan.inputs.map(estimate)
      const rows = arms.reduce((sum, arm) => sum + arm.rows, 0)
      const columns = plan.output.map(({ id, type }, index) => {
        const parts = plan.inputs.map((input, arm) => arms[arm]?.columns.get(input.output[index]?.id ?? -1))
        const distinct = parts.reduce((sum, part) => sum + (part?.distinct ?? 1), 0)
        return [id, { distinct, min: undefined, max: undefined, width: parts[0]?.width ?? columnWidth(type) }] as const
      })
      return { rows, columns: new Map(columns) }
    }
    case 'window': {
      const input = estimate(plan.input)
      const added = defaults(
        plan.functions.map(({ attribute }) => attribute),
        input.rows,
      )
      return { rows: input.rows, columns: new Map([...input.columns, ...added]) }
    }
    case 'generate': {
      const input = estimate(plan.input)
      const rows = input.rows * 5
      return { rows, columns: new Map([...input.columns, ...defaults(plan.generated, rows)]) }
    }
    case 'sample': {
      const input = estimate(plan.input)
      return withRows(input, input.rows * plan.fraction)
    }
    case 'sort':
    case 'repartition':
      return estimate(plan.input)
    case 'map-batches':
      return unknown(plan, estimate(plan.input).rows)
  }
}

const computed = (
  items: readonly (readonly [Attribute, Expression])[],
  input: Estimate,
): ReadonlyMap<number, ColumnEstimate> =>
  new Map(items.map(([attribute, expression]) => [attribute.id, expressionEstimate(expression, input)]))

const expressionEstimate = (expression: Expression, input: Estimate): ColumnEstimate => {
  const plain = expression.kind === 'cast' ? expression.child : expression
  if (plain.kind === 'attribute') {
    const column = input.columns.get(plain.id)
    if (column !== undefined) return column
  }
  const width = columnWidth(expression.type)
  if (expression.kind === 'literal') {
    const value = numericValue(expression)
    return { distinct: 1, min: value, max: value, width }
  }
  if (expression.kind === 'call' && expression.name === 'year')
    return { distinct: Math.min(50, Math.max(1, input.rows)), min: undefined, max: undefined, width }
  return guess(expression.type.kind, input.rows, width)
}

const scanEstimate = (plan: PlanOf<'scan'>, sources: ReadonlyMap<string, SourceStatistics>): Estimate => {
  const { relation } = plan
  const widths = plan.output.reduce((sum, { type }) => sum + columnWidth(type), 0)
  if (relation.kind === 'held') {
    const rows = relation.rows ?? Math.ceil(relation.bytes / Math.max(1, widths))
    return unknown(plan, rows)
  }
  const known = sources.get(relation.source.key)
  if (known === undefined) {
    const wide = relation.source.columns.length * 10
    return unknown(plan, Math.ceil(sourceBytes(relation.source) / Math.max(1, wide)))
  }
  const columns = plan.output.map(({ id, type }, index) => {
    const column = known.columns.get(plan.columns[index] ?? '')
    const spread = column?.min !== undefined && column.max !== undefined ? column.max - column.min + 1 : undefined
    const whole = !['double', 'float', 'decimal'].includes(type.kind)
    const usual = guess(type.kind, known.rows, columnWidth(type))
    const bytes = column?.bytes
    const dense = bytes === undefined ? undefined : (bytes * 8) / Math.max(1, known.rows)
    const coded = dense !== undefined && dense < 16 && type.kind === 'string' ? 2 ** Math.max(0.5, dense) : undefined
    const distinct =
      spread !== undefined && whole ? Math.min(known.rows, spread) : Math.min(usual.distinct, coded ?? usual.distinct)
    const width = bytes === undefined ? usual.width : Math.max(0.1, bytes / Math.max(1, known.rows))
    return [id, { distinct: Math.max(1, distinct), min: column?.min, max: column?.max, width }] as const
  })
  return { rows: known.rows, columns: new Map(columns) }
}

const filtered = (input: Estimate, conditions: readonly Expression[]): Estimate => {
  if (conditions.length === 0) return input
  const share = conditions.reduce((product, condition) => product * selectivity(condition, input), 1)
  const narrowed = new Map(input.columns)
  for (const condition of conditions) {
    if (condition.kind !== 'call' || condition.name !== '=') continue
    for (const arg of condition.args) {
      const column = arg.kind === 'attribute' ? narrowed.get(arg.id) : undefined
      if (column && arg.kind === 'attribute' && condition.args.some((other) => other.kind === 'literal'))
        narrowed.set(arg.id, { ...column, distinct: 1 })
    }
  }
  return withRows({ rows: input.rows, columns: narrowed }, input.rows * share)
}

const joinEstimate = (plan: PlanOf<'join'>, estimate: Estimator): Estimate => {
  const [left, right] = [estimate(plan.left), estimate(plan.right)]
  const both: Estimate = { rows: left.rows * right.rows, columns: new Map([...left.columns, ...right.columns]) }
  const { pairs, rest } = joinPairs(plan.condition, idsOf(plan.left.output), idsOf(plan.right.output))
  const distinctOf = (expression: Expression, side: Estimate) =>
    Math.max(1, expressionEstimate(expression, side).distinct)
  const shares = pairs.map((pair) => 1 / Math.max(distinctOf(pair.left, left), distinctOf(pair.right, right)))
  const share = shares.toSorted((a, b) => a - b).reduce((product, part, index) => product * part ** (1 / 2 ** index), 1)
  const others = rest.reduce((product, condition) => product * selectivity(condition, both), 1)
  const inner = both.rows * share * others
  switch (plan.how) {
    case 'inner':
      return withRows(both, inner)
    case 'left':
      return withRows(both, Math.max(left.rows, inner))
    case 'as-of':
      return withRows(both, left.rows)
    case 'right':
      return withRows(both, Math.max(right.rows, inner))
    case 'full':
      return withRows(both, Math.max(left.rows + right.rows, inner))
    case 'semi':
    case 'anti':
    case 'null-aware-anti': {
      const pair = pairs[0]
      const met =
        pair === undefined ? 0.5 : Math.min(1, distinctOf(pair.right, right) / distinctOf(pair.left, left)) * others
      return withRows(left, left.rows * (plan.how === 'semi' ? met : Math.max(0.1, 1 - met)))
    }
  }
}
