import { userError } from '../errors.ts'
import type { ExplainMode } from '../query/query-runner.ts'
import { StorageLevel } from '../rdd/storage-level.ts'
import { parseTableSchema } from '../sql/parse.ts'
import { select } from '../sql/select-syntax.ts'
import type { ExpressionSyntax, PlanSyntax } from '../sql/syntax.ts'
import { array, type StructType } from '../types/data-type.ts'
import { treeString } from '../types/type-name.ts'
import type { Batch } from '../udf/batch-call.ts'
import { callSyntax } from '../udf/call-syntax.ts'
import { defineFunction } from '../udf/user-function.ts'
import { Column, type ColumnOrName, columnSyntax, expressionSyntax, nameSyntax, orderSyntax } from './column.ts'
import { GroupedData, setsOf } from './grouped-data.ts'
import { type AsOfOptions, asOfPlan, joinPlan } from './join-plan.ts'
import { literalSyntax } from './literal.ts'
import { DataFrameNaFunctions } from './na-functions.ts'
import type {
  AggregateRow,
  Dropped,
  GroupRow,
  JoinRow,
  LastName,
  NamedRow,
  NameOf,
  NamesIn,
  Reference,
  Renamed,
  SchemaRow,
  SelectRow,
  WithColumn,
  WithColumns,
} from './row-types.ts'
import type { SparkSession } from './spark-session.ts'
import { DataFrameStatFunctions } from './stat-functions.ts'
import type { Row } from './values.ts'
import { wholeNumber } from './whole-number.ts'
import { DataFrameWriter } from './writer.ts'

/** What only the type of a DataFrame holds. */
declare const ROW: unique symbol

/**
 * A table that is yet to be computed: an immutable plan. Transformations give a new DataFrame at once; actions
 * (collect, count, show, write …) run the plan and are promises. Names and meanings follow Spark's DataFrame. `R` is the
 * shape of a row where it is known: then a wrong column name does not compile.
 */
// @ts-expect-error R is only given out: a DataFrame of known rows is one of any rows, which conditional types hide.
export class DataFrame<out R = Row> implements Frame<R> {
  declare readonly [ROW]?: R
  readonly plan: PlanSyntax
  readonly sparkSession: SparkSession

  constructor(sparkSession: SparkSession, plan: PlanSyntax) {
    this.sparkSession = sparkSession
    this.plan = plan
    Object.freeze(this)
  }

  /** Another plan of the same session. */
  with<T = Row>(plan: PlanSyntax): DataFrame<T> {
    return new DataFrame<T>(this.sparkSession, plan)
  }

  /** A column of this very DataFrame: what a join condition needs where both sides have the name. */
  col<N extends NameOf<R>>(name: N): Column<LastName<N>, Reference<N>> {
    return new Column({ ...nameSyntax(name), of: this.plan } as Column['syntax'])
  }

  /** Says of which shape the rows are; checks nothing. */
  as<T>(): DataFrame<T> {
    return this.with(this.plan)
  }

  alias(name: string): DataFrame<R> {
    return this.with({ kind: 'alias', input: this.plan, name })
  }

  select<const C extends readonly (Column | NameOf<R>)[]>(...columns: C): DataFrame<SelectRow<R, C>> {
    return this.with(select(this.plan, columns.map(columnSyntax)))
  }

  selectExpr(...expressions: readonly string[]): DataFrame {
    return this.with(select(this.plan, expressions.map(expressionSyntax)))
  }

  filter(condition: Column | string): DataFrame<R> {
    const syntax = typeof condition === 'string' ? expressionSyntax(condition) : condition.syntax
    return this.with({ kind: 'filter', input: this.plan, condition: syntax })
  }

  where(condition: Column | string): DataFrame<R> {
    return this.filter(condition)
  }

  withColumn<N extends string, V>(name: N, column: Column<string, V>): DataFrame<WithColumn<R, N, V>> {
    return this.with({ kind: 'with-columns', input: this.plan, columns: [{ name, expression: column.syntax }] })
  }

  withColumns<const C extends Readonly<Record<string, Column>>>(columns: C): DataFrame<WithColumns<R, C>> {
    const list = Object.entries(columns).map(([name, { syntax }]) => ({ name, expression: syntax }))
    return this.with({ kind: 'with-columns', input: this.plan, columns: list })
  }

  withColumnRenamed<From extends NameOf<R>, To extends string>(from: From, to: To): DataFrame<Renamed<R, From, To>> {
    return this.with({ kind: 'rename', input: this.plan, names: { [from]: to } })
  }

  withColumnsRenamed(names: Readonly<Record<string, string>>): DataFrame {
    return this.with({ kind: 'rename', input: this.plan, names })
  }

  toDF<const N extends readonly string[]>(...names: N): DataFrame<NamedRow<N>> {
    return this.with({ kind: 'rename-all', input: this.plan, names })
  }

  drop<const C extends readonly (Column | NameOf<R>)[]>(...columns: C): DataFrame<Dropped<R, C>> {
    return this.with({ kind: 'drop', input: this.plan, columns: columns.map(columnSyntax) })
  }

  groupBy<const C extends readonly (Column | NameOf<R>)[]>(...columns: C): GroupedData<R, GroupRow<R, C>> {
    return new GroupedData(this, columns.map(columnSyntax))
  }

  groupby<const C extends readonly (Column | NameOf<R>)[]>(...columns: C): GroupedData<R, GroupRow<R, C>> {
    return new GroupedData(this, columns.map(columnSyntax))
  }

  rollup(...columns: readonly (Column | NameOf<R>)[]): GroupedData {
    return new GroupedData(this, columns.map(columnSyntax), setsOf('rollup', columns.length))
  }

  cube(...columns: readonly (Column | NameOf<R>)[]): GroupedData {
    return new GroupedData(this, columns.map(columnSyntax), setsOf('cube', columns.length))
  }

  agg<const A extends readonly (Column | Readonly<Record<string, string>>)[]>(
    ...aggregates: A
  ): DataFrame<AggregateRow<R, unknown, A>> {
    return new GroupedData<R, unknown>(this, []).agg<A>(...aggregates)
  }

  /** `on`: a condition, or the name (or names) of columns that both sides have, of which the result keeps one. */
  join<
    S = Row,
    const On extends Column | SharedName<R, S> | readonly (Column | SharedName<R, S>)[] = Column,
    How extends string = 'inner',
  >(right: Frame<S>, on?: On, how: How = 'inner' as How): DataFrame<JoinRow<R, S, NamesIn<On>, How>> {
    return this.with(joinPlan(this.plan, right.plan, on as Parameters<typeof joinPlan>[2], how))
  }

  crossJoin<S = Row>(right: Frame<S>): DataFrame<JoinRow<R, S, never, 'cross'>> {
    return this.with(joinPlan(this.plan, right.plan, undefined, 'cross'))
  }

  /**
   * Joins each row of this with the nearest of `right` by two columns that are ordered, for instance times: Spark's
   * joinAsOf. `on`: names of columns that must be equal too.
   */
  joinAsOf<S = Row, const K extends SharedName<R, S> = never, How extends 'inner' | 'left' = 'inner'>(
    right: Frame<S>,
    leftAsOf: Column | NameOf<R>,
    rightAsOf: Column | NameOf<S>,
    options: AsOfOptions<K, How> = {},
  ): DataFrame<JoinRow<R, S, K, How>> {
    return this.with(asOfPlan(this.plan, right.plan, leftAsOf, rightAsOf, options))
  }

  orderBy(...orders: readonly (Column | NameOf<R>)[]): DataFrame<R> {
    return this.sorted(orders, true)
  }

  sort(...orders: readonly (Column | NameOf<R>)[]): DataFrame<R> {
    return this.sorted(orders, true)
  }

  sortWithinPartitions(...orders: readonly (Column | NameOf<R>)[]): DataFrame<R> {
    return this.sorted(orders, false)
  }

  private sorted(orders: readonly ColumnOrName[], global: boolean): DataFrame<R> {
    if (orders.length === 0) throw userError('sorting needs at least one column')
    return this.with({ kind: 'sort', input: this.plan, orders: orders.map(orderSyntax), global })
  }

  limit(count: number): DataFrame<R> {
    return this.with({ kind: 'limit', input: this.plan, count: literalSyntax(wholeNumber('limit', count)) })
  }

  offset(count: number): DataFrame<R> {
    return this.with({ kind: 'limit', input: this.plan, offset: literalSyntax(wholeNumber('offset', count)) })
  }

  distinct(): DataFrame<R> {
    return this.with({ kind: 'deduplicate', input: this.plan })
  }

  /** One row for each combination of values of the columns; which one is not said. */
  dropDuplicates(columns?: readonly NameOf<R>[]): DataFrame<R> {
    return this.with({ kind: 'deduplicate', input: this.plan, ...(columns === undefined ? {} : { columns }) })
  }

  drop_duplicates(columns?: readonly NameOf<R>[]): DataFrame<R> {
    return this.dropDuplicates(columns)
  }

  /** All rows of both, by position, doubles kept: Spark's union, SQL's UNION ALL. */
  union(other: Frame): DataFrame<R> {
    return this.set('union', true, other)
  }

  unionAll(other: Frame): DataFrame<R> {
    return this.union(other)
  }

  unionByName<M extends boolean = false>(
    other: Frame,
    allowMissingColumns: M = false as M,
  ): DataFrame<M extends false ? R : Row> {
    return this.with({
      kind: 'set-operation',
      op: 'union',
      all: true,
      left: this.plan,
      right: other.plan,
      byName: { allowMissingColumns },
    })
  }

  intersect(other: Frame): DataFrame<R> {
    return this.set('intersect', false, other)
  }

  intersectAll(other: Frame): DataFrame<R> {
    return this.set('intersect', true, other)
  }

  subtract(other: Frame): DataFrame<R> {
    return this.set('except', false, other)
  }

  except(other: Frame): DataFrame<R> {
    return this.subtract(other)
  }

  exceptAll(other: Frame): DataFrame<R> {
    return this.set('except', true, other)
  }

  private set(op: 'union' | 'intersect' | 'except', all: boolean, other: Frame): DataFrame<R> {
    return this.with({ kind: 'set-operation', op, all, left: this.plan, right: other.plan })
  }

  /** About `fraction` of the rows; the same ones for the same seed and partitioning. */
  sample(fraction: number, seed?: number | bigint, withReplacement = false): DataFrame<R> {
    if (!(fraction >= 0) || (fraction > 1 && !withReplacement))
      throw userError(`sample wants a fraction between 0 and 1, not ${fraction}`)
    const given = BigInt(seed ?? Math.floor(Math.random() * 2 ** 31))
    return this.with({ kind: 'sample', input: this.plan, fraction, withReplacement, seed: given })
  }

  repartition(partitions: number | ColumnOrName, ...columns: readonly ColumnOrName[]): DataFrame<R> {
    return this.repartitioned(partitions, columns, 'hash')
  }

  repartitionByRange(partitions: number | ColumnOrName, ...columns: readonly ColumnOrName[]): DataFrame<R> {
    return this.repartitioned(partitions, columns, 'range')
  }

  coalesce(partitions: number): DataFrame<R> {
    return this.with({ kind: 'repartition', input: this.plan, partitions, by: [], how: 'coalesce' })
  }

  private repartitioned(
    first: number | ColumnOrName,
    rest: readonly ColumnOrName[],
    how: 'hash' | 'range',
  ): DataFrame<R> {
    const columns = typeof first === 'number' ? rest : [first, ...rest]
    return this.with({
      kind: 'repartition',
      input: this.plan,
      ...(typeof first === 'number' ? { partitions: wholeNumber('repartition', first) } : {}),
      by: columns.map(orderSyntax),
      how: columns.length === 0 ? 'round-robin' : how,
    })
  }

  hint(name: string, ...args: readonly (Column | string | number)[]): DataFrame<R> {
    const list = args.map((arg) => (arg instanceof Column ? arg.syntax : literalSyntax(arg)))
    return this.with({ kind: 'hint', input: this.plan, name: name.toLowerCase(), args: list })
  }

  /** Columns into rows: ids, then the name of the column and its value. */
  unpivot(
    ids: readonly ColumnOrName[],
    columns: readonly ColumnOrName[] | undefined,
    variableColumnName: string,
    valueColumnName: string,
  ): DataFrame {
    return this.with({
      kind: 'unpivot',
      input: this.plan,
      ids: ids.map(columnSyntax),
      columns: (columns ?? []).map((column) => ({ expressions: [columnSyntax(column)] })),
      nameColumn: variableColumnName,
      valueColumns: [valueColumnName],
      includeNulls: true,
    })
  }

  melt(
    ids: readonly ColumnOrName[],
    columns: readonly ColumnOrName[] | undefined,
    variableColumnName: string,
    valueColumnName: string,
  ): DataFrame {
    return this.unpivot(ids, columns, variableColumnName, valueColumnName)
  }

  /**
   * The rows that a function of the program makes of batches of rows: it gets the columns by name, each a list of values,
   * of some rows at a time (at most 2,048, never of two partitions), and gives rows (a list, or as a generator) or
   * columns by name, as many as it likes, of the shape `schema` (`a INT, b STRING`).
   */
  mapBatches<const S extends string>(
    fn: (batch: Batch) => Iterable<object> | object,
    schema: S,
  ): DataFrame<SchemaRow<S>>
  mapBatches(fn: (batch: Batch) => Iterable<object> | object, schema: string | StructType): DataFrame
  mapBatches(fn: (batch: Batch) => Iterable<object> | object, schema: string | StructType): DataFrame {
    const row = typeof schema === 'string' ? parseTableSchema(schema) : schema
    const definition = defineFunction(fn, array(row), { deterministic: false }, 'batches')
    const columns: ExpressionSyntax = { kind: 'call', name: 'struct', args: [{ kind: 'star', qualifier: [] }] }
    const rows = callSyntax(definition, { kind: 'call', name: definition.name, args: [columns] })
    return this.with(select(this.plan, [{ kind: 'call', name: 'inline', args: [rows] }]))
  }

  /** For chains of functions over DataFrames. */
  transform<T>(f: (frame: DataFrame<R>) => T): T {
    return f(this)
  }

  get na(): DataFrameNaFunctions {
    return new DataFrameNaFunctions(this.with(this.plan))
  }

  get stat(): DataFrameStatFunctions {
    return new DataFrameStatFunctions(this.with(this.plan))
  }

  fillna(value: string | number | boolean, columns?: readonly string[]): Promise<DataFrame> {
    return this.na.fill(value, columns)
  }

  dropna(how: 'any' | 'all' = 'any', columns?: readonly string[]): Promise<DataFrame> {
    return this.na.drop(how, columns)
  }

  /** Registers a view that later statements can name. A view of that name must not be there. */
  createTempView(name: string): void {
    this.sparkSession.registerView(name, this.plan, false)
  }

  createOrReplaceTempView(name: string): void {
    this.sparkSession.registerView(name, this.plan, true)
  }

  get write(): DataFrameWriter {
    return new DataFrameWriter(this)
  }

  schema(): Promise<StructType> {
    return this.sparkSession.run(this.plan, (runner) => runner.schema(this.plan))
  }

  async columns(): Promise<readonly string[]> {
    return (await this.schema()).fields.map(({ name }) => name)
  }

  /** All rows, in the driver's memory; refused above spark.driver.maxResultSize. */
  collect(): Promise<readonly R[]> {
    return this.sparkSession.run(this.plan, (runner) => runner.collect(this.plan)) as Promise<readonly R[]>
  }

  /** The rows one after the other, a batch in memory at a time. */
  async *toLocalIterator(): AsyncGenerator<R> {
    yield* this.sparkSession.iterate(this.plan) as AsyncGenerator<R>
  }

  take(count: number): Promise<readonly R[]> {
    return this.limit(count).collect()
  }

  async tail(count: number): Promise<readonly R[]> {
    return (await this.collect()).slice(-wholeNumber('tail', count) || Number.MAX_SAFE_INTEGER)
  }

  head(count = 1): Promise<readonly R[]> {
    return this.take(count)
  }

  async first(): Promise<R | undefined> {
    return (await this.take(1))[0]
  }

  async count(): Promise<number> {
    const [row] = await this.with<Row>(this.plan).groupBy().count().collect()
    return Number(row?.count ?? 0)
  }

  async isEmpty(): Promise<boolean> {
    return (await this.take(1)).length === 0
  }

  async foreach(f: (row: R) => void | Promise<void>): Promise<void> {
    for await (const row of this.toLocalIterator()) await f(row)
  }

  /** Rows as JSON texts. */
  toJSON(): Promise<readonly string[]> {
    return this.sparkSession.run(this.plan, (runner) => runner.json(this.plan))
  }

  /** Keeps the result for later actions; the next one computes it. */
  cache(): DataFrame<R> {
    return this.persist()
  }

  /**
   * Keeps the result for later actions; the next one computes it. Whatever the level, the rows lie as compressed files
   * with the driver, executors fetch what they read, and no loss of an executor costs any of them.
   */
  persist(level: StorageLevel = StorageLevel.MEMORY_AND_DISK): DataFrame<R> {
    this.sparkSession.persist(this.plan, level)
    return this
  }

  /** NONE where it is not persisted. */
  get storageLevel(): StorageLevel {
    return this.sparkSession.storageLevel(this.plan)
  }

  unpersist(): DataFrame<R> {
    this.sparkSession.unpersist(this.plan)
    return this
  }

  /** Computes it now, and gives a DataFrame that reads the stored rows and remembers nothing of the plan. */
  async localCheckpoint(): Promise<DataFrame<R>> {
    return this.with(await this.sparkSession.checkpoint(this.plan))
  }

  /** Like localCheckpoint, but the rows are written below the checkpoint directory, and stay when the application ends. */
  async checkpoint(): Promise<DataFrame<R>> {
    return this.with(await this.sparkSession.checkpointFiles(this.plan))
  }

  /** Prints the first rows; cells longer than 20 characters are cut unless `truncate` says otherwise. */
  async show(rows = 20, truncate: boolean | number = true): Promise<void> {
    const width = truncate === true ? 20 : truncate === false ? 0 : truncate
    const text = await this.sparkSession.run(this.plan, (runner) => runner.show(this.limit(rows + 1).plan, rows, width))
    process.stdout.write(`${text}\n`)
  }

  async printSchema(): Promise<void> {
    process.stdout.write(`${treeString(await this.schema())}\n\n`)
  }

  async explain(mode: ExplainMode | boolean = 'simple'): Promise<void> {
    const chosen = mode === true ? 'extended' : mode === false ? 'simple' : mode
    process.stdout.write(await this.sparkSession.run(this.plan, (runner) => runner.explain(this.plan, chosen)))
  }

  async describe(...names: readonly string[]): Promise<DataFrame> {
    return this.stat.summary(['count', 'mean', 'stddev', 'min', 'max'], names)
  }

  async summary(...statistics: readonly string[]): Promise<DataFrame> {
    return this.stat.summary(statistics.length === 0 ? undefined : statistics, [])
  }
}

/** Any DataFrame, whatever its rows. */
export interface Frame<R = unknown> {
  readonly [ROW]?: R
  readonly plan: PlanSyntax
  readonly sparkSession: SparkSession
}

/** Names that both sides of a join have, where both shapes are known. */
type SharedName<R, S> = string extends keyof R | keyof S ? string : keyof R & keyof S & string
