import { quoteName } from '../duckdb/quote.ts'
import { call, type Expression, type Json, type JsonObject } from '../sql/ast.ts'
import { Refusal } from './refusal.ts'

/**
 * An aggregate in two phases: `partials` run in the tasks, `final` (SQL over the columns partials are named) over
 * their results. Only what gives the same value whichever way the rows are cut.
 */
export interface Decomposed {
  readonly partials: readonly Expression[]
  readonly final: (columns: readonly string[]) => string
}

const NUMERIC =
  /^(TINYINT|SMALLINT|INTEGER|BIGINT|UTINYINT|USMALLINT|UINTEGER|UBIGINT|HUGEINT|FLOAT|DOUBLE|DECIMAL\(.*\))$/

const AGAIN = new Set(['min', 'max', 'bool_and', 'bool_or', 'bit_and', 'bit_or', 'bit_xor'])

const text = (name: string) => quoteName(name)

/** `argumentTypes`: DuckDB's types of the arguments. Throws Refusal for what cannot be cut exactly. */
export const decompose = (aggregate: Expression, argumentTypes: readonly string[]): Decomposed => {
  const name = String(aggregate.function_name).toLowerCase()
  const plain: Expression = { ...aggregate, alias: '', distinct: false }
  const orders = (aggregate.order_bys as JsonObject | null)?.orders as readonly Json[] | undefined
  if (orders !== undefined && orders.length > 0)
    throw new Refusal(`${name}(… ORDER BY …) depends on the order of all rows`)
  if (aggregate.export_state === true) throw new Refusal(`${name} with EXPORT_STATE`)
  const [type] = argumentTypes
  if (name === 'count_star' || name === 'count') {
    return { partials: [plain], final: ([n]) => `CAST(coalesce(sum(${text(n!)}), 0) AS BIGINT)` }
  }
  // Over no rows DuckDB's count_if is null, as its sum is.
  if (name === 'count_if' || name === 'countif') {
    return { partials: [plain], final: ([n]) => `sum(${text(n!)})` }
  }
  if (argumentTypes.length === 1 && type !== undefined) {
    if (AGAIN.has(name)) return { partials: [plain], final: ([value]) => `${name}(${text(value!)})` }
    if (name === 'sum' && (NUMERIC.test(type) || type === 'BOOLEAN')) {
      return { partials: [plain], final: ([sum]) => `sum(${text(sum!)})` }
    }
    if ((name === 'avg' || name === 'mean') && NUMERIC.test(type)) {
      const children = aggregate.children as readonly Expression[]
      const filter = { filter: aggregate.filter ?? null }
      return {
        partials: [call('sum', children, filter), call('count', children, filter)],
        final: ([sum, count]) => `CAST(sum(${text(sum!)}) AS DOUBLE) / nullif(CAST(sum(${text(count!)}) AS DOUBLE), 0)`,
      }
    }
  }
  throw new Refusal(`${name}(${argumentTypes.join(', ')}) needs all rows in one place`)
}
