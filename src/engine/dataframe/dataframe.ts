import { userError } from '../errors.ts'
import { sparkTypeName } from '../sources/data-type.ts'
import { parseQueryText } from '../sql/parse-script.ts'
import { Column, type ColumnOrName, columnNode } from './column.ts'
import { type ColumnNode, labelOf } from './expression.ts'
import { expr } from './functions.ts'
import { GroupedData } from './grouped-data.ts'
import { joinType, type Logical } from './logical.ts'
import type { SparkSession } from './spark-session.ts'
import type { Row } from './values.ts'
import { DataFrameWriter } from './writer.ts'

/** One column of a schema; `type` is DuckDB's name of it. */
export interface SchemaField {
  readonly name: string
  readonly type: string
}

/**
 * A table that is yet to be computed: an immutable plan. Transformations give a new DataFrame at once; actions
 * (collect, count, show, write …) run the plan and are promises. Names follow Spark's DataFrame.
 */
export class DataFrame {
  readonly plan: Logical
  readonly sparkSession: SparkSession

  constructor(sparkSession: SparkSession, plan: Logical) {
    this.sparkSession = sparkSession
    this.plan = plan
    Object.freeze(this)
  }

  private with(plan: Logical): DataFrame {
    return new DataFrame(this.sparkSession, plan)
  }

  /** A column of this very DataFrame: what a join condition needs where both sides have the name. */
  col(name: string): Column {
    return new Column({ kind: 'name', name, frame: this.plan })
  }

  select(...columns: readonly ColumnOrName[]): DataFrame {
    return this.with({ kind: 'project', input: this.plan, columns: columns.map(columnNode) })
  }

  selectExpr(...expressions: readonly string[]): DataFrame {
    return this.with({ kind: 'project', input: this.plan, columns: expressions.map(parseItem) })
  }

  filter(condition: Column | string): DataFrame {
    const { node } = typeof condition === 'string' ? expr(condition) : condition
    return this.with({ kind: 'filter', input: this.plan, condition: node })
  }

  where(condition: Column | string): DataFrame {
    return this.filter(condition)
  }

  withColumn(name: string, column: Column): DataFrame {
    return this.with({ kind: 'with-column', input: this.plan, name, column: column.node })
  }

  withColumnRenamed(from: string, to: string): DataFrame {
    return this.with({ kind: 'rename', input: this.plan, from, to })
  }

  drop(...columns: readonly ColumnOrName[]): DataFrame {
    return this.with({ kind: 'drop', input: this.plan, columns: columns.map(columnNode) })
  }

  groupBy(...columns: readonly ColumnOrName[]): GroupedData {
    return new GroupedData(this.plan, columns.map(columnNode), (plan) => this.with(plan))
  }

  agg(...aggregates: readonly Column[]): DataFrame {
    return this.groupBy().agg(...aggregates)
  }

  /** `on`: a condition, or the name (or names) of columns that both sides have, of which the result keeps one. */
  join(right: DataFrame, on?: Column | string | readonly string[], how = 'inner'): DataFrame {
    const kind = joinType(how)
    if (kind === undefined)
      throw userError(`"${how}" is not a kind of join: inner, cross, left, right, full, semi, anti`)
    const keys = on === undefined ? undefined : on instanceof Column ? { condition: on.node } : { using: [on].flat() }
    if (keys === undefined && kind !== 'inner' && kind !== 'cross') throw userError(`a ${kind} join needs a condition`)
    return this.with({
      kind: 'join',
      left: this.plan,
      right: right.plan,
      how: keys === undefined ? 'cross' : kind,
      on: keys,
    })
  }

  crossJoin(right: DataFrame): DataFrame {
    return this.with({ kind: 'join', left: this.plan, right: right.plan, how: 'cross', on: undefined })
  }

  orderBy(...orders: readonly ColumnOrName[]): DataFrame {
    if (orders.length === 0) throw userError('orderBy needs at least one column')
    return this.with({ kind: 'sort', input: this.plan, orders: orders.map(columnNode) })
  }

  sort(...orders: readonly ColumnOrName[]): DataFrame {
    return this.orderBy(...orders)
  }

  limit(count: number): DataFrame {
    if (!Number.isSafeInteger(count) || count < 0) throw userError(`limit wants a whole number, not ${count}`)
    return this.with({ kind: 'limit', input: this.plan, count })
  }

  distinct(): DataFrame {
    return this.with({ kind: 'distinct', input: this.plan })
  }

  /** All rows of both, by position, doubles kept: Spark's union, SQL's UNION ALL. */
  union(other: DataFrame): DataFrame {
    return this.with({ kind: 'union', left: this.plan, right: other.plan, byName: false })
  }

  unionByName(other: DataFrame): DataFrame {
    return this.with({ kind: 'union', left: this.plan, right: other.plan, byName: true })
  }

  createOrReplaceTempView(name: string): void {
    this.sparkSession.registerView(name, this)
  }

  get write(): DataFrameWriter {
    return new DataFrameWriter(this)
  }

  schema(): Promise<readonly SchemaField[]> {
    return this.sparkSession.run((runner) => runner.schema(this.plan))
  }

  async columns(): Promise<readonly string[]> {
    return (await this.schema()).map(({ name }) => name)
  }

  /** All rows, in the driver's memory. */
  collect(): Promise<readonly Row[]> {
    return this.sparkSession.run((runner) => runner.collect(this.plan))
  }

  take(count: number): Promise<readonly Row[]> {
    return this.limit(count).collect()
  }

  head(count = 1): Promise<readonly Row[]> {
    return this.take(count)
  }

  async first(): Promise<Row | undefined> {
    return (await this.take(1))[0]
  }

  async count(): Promise<number> {
    const [row] = await this.groupBy().count().collect()
    return Number(row?.count ?? 0)
  }

  async isEmpty(): Promise<boolean> {
    return (await this.take(1)).length === 0
  }

  /** Rows as JSON texts. */
  toJSON(): Promise<readonly string[]> {
    return this.sparkSession.run((runner) => runner.json(this.plan))
  }

  /** Prints the first rows; cells longer than 20 characters are cut unless `truncate` says otherwise. */
  async show(rows = 20, truncate: boolean | number = true): Promise<void> {
    const width = truncate === true ? 20 : truncate === false ? 0 : truncate
    const text = await this.sparkSession.run((runner) => runner.show(this.limit(rows + 1).plan, rows, width))
    process.stdout.write(`${text}\n`)
  }

  async printSchema(): Promise<void> {
    const fields = await this.schema()
    process.stdout.write(
      `root\n${fields.map(({ name, type }) => ` |-- ${name}: ${sparkTypeName(type)} (nullable = true)\n`).join('')}\n`,
    )
  }

  async explain(): Promise<void> {
    process.stdout.write(await this.sparkSession.run((runner) => runner.explain(this.plan)))
  }
}

const ALIAS = /^([\s\S]+?)\s+as\s+(?:`([^`]+)`|"([^"]+)"|([\p{L}_][\p{L}\p{N}_]*))\s*$/iu

/** `expression [AS name]`, as selectExpr takes it. */
const parseItem = (text: string): ColumnNode => {
  if (text.trim() === '*') return { kind: 'name', name: '*' }
  const match = ALIAS.exec(text)
  const name = match?.[2] ?? match?.[3] ?? match?.[4]
  const node: ColumnNode = { kind: 'sql', text: parseQueryText(match?.[1] ?? text).text }
  return name === undefined ? node : { kind: 'alias', child: node, name }
}

export const defaultName = (node: ColumnNode): string => labelOf(node)
