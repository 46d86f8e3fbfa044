import type { Attribute, SortOrder } from '../plan/expression.ts'
import type { LogicalPlan } from '../plan/logical-plan.ts'
import { inputsOf } from '../plan/plan-shape.ts'
import { columnName } from './input-view.ts'
import type { Partitioning } from './physical-plan.ts'

const list = (attributes: readonly Attribute[]): string => attributes.map(columnName).join(', ')

const keyName = (expression: SortOrder['expression']): string => {
  if (expression.kind !== 'attribute') throw new Error('a key of an exchange must be a column')
  return columnName(expression)
}

/**
 * Bits 20 and up of the hash: DuckDB's tables go by the lowest bits and its partitions by the highest, and rows of one
 * of our partitions must not all look alike to them.
 */
const hashed = (columns: readonly string[], partitions: number): string =>
  columns.length === 0 ? '0' : `CAST((hash(${columns.join(', ')}) >> 20) % ${partitions} AS INTEGER)`

/** Rows come in the same order whenever the task runs: dealing them out by their number is safe to repeat. */
const keepsOrder = (plan: LogicalPlan): boolean =>
  ['stage-input', 'project', 'filter', 'generate'].includes(plan.kind) && inputsOf(plan).every(keepsOrder)

const direction = ({ descending, nullsFirst }: SortOrder): string =>
  `'${descending ? 'DESC' : 'ASC'} NULLS ${nullsFirst ? 'FIRST' : 'LAST'}'`

/** A binary text that sorts as the orders do; short keys would be numbers but for the text at their end. */
export const sortKey = (orders: readonly SortOrder[]): string =>
  `create_sort_key(${orders.map((order) => `${keyName(order.expression)}, ${direction(order)}, `).join('')}'', 'ASC NULLS FIRST')`

/** The rows of `sql` with the number of their partition as the last column. `boundaries`: hexadecimal sort keys, for ranges. */
export const partitioned = (
  sql: string,
  plan: LogicalPlan,
  output: Exclude<Partitioning, { readonly kind: 'broadcast' }>,
  boundaries: readonly string[],
): string => {
  const columns = list(plan.output)
  const rows = `FROM (${sql}) AS q`
  switch (output.kind) {
    case 'single':
      return `SELECT ${columns}, 0 AS __partition ${rows}`
    case 'hash':
      return `SELECT ${columns}, ${hashed(output.keys.map(keyName), output.partitions)} AS __partition ${rows}`
    case 'round-robin': {
      const number = keepsOrder(plan)
        ? `CAST((row_number() OVER () - 1) % ${output.partitions} AS INTEGER)`
        : hashed(plan.output.map(columnName), output.partitions)
      return `SELECT ${columns}, ${number} AS __partition ${rows}`
    }
    case 'range': {
      const cases = boundaries.map((hex, index) => `WHEN __key <= from_hex('${hex}') THEN ${index}`)
      const number = cases.length === 0 ? '0' : `CAST(CASE ${cases.join(' ')} ELSE ${boundaries.length} END AS INTEGER)`
      return `SELECT ${columns}, ${number} AS __partition FROM (SELECT *, ${sortKey(output.orders)} AS __key ${rows})`
    }
  }
}

const SAMPLE_ROWS = 2000

/** Sort keys of some rows. */
export const sampledKeys = (sql: string, orders: readonly SortOrder[]): string =>
  `SELECT __key FROM (SELECT ${sortKey(orders)} AS __key FROM (${sql}) AS q) USING SAMPLE reservoir(${SAMPLE_ROWS} ROWS) REPEATABLE (42)`

/** Of sampled keys, those that cut the rows into so many ranges of about the same size; fewer where keys repeat. */
export const boundariesSql = (from: string, partitions: number): string =>
  `SELECT DISTINCT hex(__key) AS h FROM (SELECT __key, row_number() OVER (ORDER BY __key) AS r, count(*) OVER () AS n FROM (${from})) ` +
  `WHERE n >= ${partitions} AND ((r * ${partitions}) // n) > (((r - 1) * ${partitions}) // n) AND r < n ORDER BY h`
