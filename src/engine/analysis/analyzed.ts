import type { Attribute, Expression, SortOrder } from '../plan/expression.ts'
import type { LogicalPlan } from '../plan/logical-plan.ts'
import type { Span } from '../sql/sql-error.ts'
import type { ExpressionSyntax, PlanSyntax, WindowSyntax } from '../sql/syntax.ts'
import type { AnalysisContext, FindRelation } from './context.ts'
import type { Leaves } from './load-leaves.ts'

/** A column that names can reach, with the name of the relation it comes from: `t`, or `db.t`, or nothing. */
export interface Column {
  readonly attribute: Attribute
  readonly qualifier: readonly string[]
  /** The id of the column that this one repeats (SELECT a, a): both are one to a name. */
  readonly origin?: number
}

/** An analysed relation. `plan` may give out more columns than names see. */
export interface Analyzed {
  readonly syntax: PlanSyntax
  readonly plan: LogicalPlan
  readonly columns: readonly Column[]
  /** Reachable by qualified names only: the keys that USING hid. */
  readonly hidden: readonly Column[]
  /** Where `df.col` looks for its DataFrame. */
  readonly inputs: readonly Analyzed[]
  /** The BROADCAST hint was given for it. */
  readonly broadcast: boolean
}

/** The names that one query sees; `outer`: those of the query around it. */
export interface Level {
  readonly find: (parts: readonly string[], of: PlanSyntax | undefined, at: Span | undefined) => Expression | undefined
  readonly columns: readonly Column[]
  readonly hidden: readonly Column[]
  readonly inputs: readonly Analyzed[]
  readonly outer: Level | undefined
}

/** A WITH query: analysed anew for each reference, among the names where it was written. */
export interface CommonTable {
  readonly name: string
  readonly columns: readonly string[] | undefined
  readonly query: PlanSyntax
  readonly scope: PlanScope
}

/** What surrounds a relation: WITH queries, the enclosing query's names, where views are looked up, hints by name. */
export interface PlanScope {
  readonly tables: ReadonlyMap<string, CommonTable>
  readonly outer: Level | undefined
  readonly find: FindRelation
  readonly hints: readonly NamedHint[]
  readonly depth: number
}

export interface NamedHint {
  readonly name: string
  used: boolean
}

/** One analysis: its context, what its leaves are, and the ways from syntax to plan and expression (given in, so that no import is a circle). */
export interface Analysis {
  readonly context: AnalysisContext
  readonly leaves: Leaves
  readonly plan: (syntax: PlanSyntax, scope: PlanScope) => Analyzed
  readonly expression: (syntax: ExpressionSyntax, context: ExpressionContext) => Expression
  /** Syntax that stands for a column that is known already (made from a star). */
  readonly given: WeakMap<ExpressionSyntax, Expression>
  /** Where in the text an expression stood. */
  readonly spans: WeakMap<Expression, Span>
}

/** Where an expression stands: what it can name, and what becomes of the parts that a single row does not give. */
export interface ExpressionContext {
  readonly analysis: Analysis
  readonly scope: PlanScope
  readonly level: Level
  /** Parameters of the lambdas around it, by name in lower case. */
  readonly variables: ReadonlyMap<string, Attribute>
  readonly windows: Readonly<Record<string, WindowSyntax>>
  /** Takes an aggregate function and gives what stands for its value; throws where none may be. */
  readonly aggregate: (aggregate: Expression, name: string, at: Span | undefined) => Expression
  readonly window: (window: WindowCall, at: Span | undefined) => Expression
  /** The names that arguments of aggregates see, where those are others (ORDER BY and HAVING see names of the select list too). */
  readonly aggregateLevel?: Level
  /** grouping(x), grouping_id(x, …) */
  readonly grouping: (call: ExpressionSyntax & { readonly kind: 'call' }) => Expression
}

/** A window function with its specification, before it is put into a node. */
export interface WindowCall {
  readonly name: string
  readonly expression: Expression
  readonly partitionBy: readonly Expression[]
  readonly orderBy: readonly SortOrder[]
}

export const qualified = (attributes: readonly Attribute[], qualifier: readonly string[]): readonly Column[] =>
  attributes.map((attribute) => ({ attribute, qualifier }))

/** The columns of one input, seen through a node that passes them on. */
export const over = (input: Analyzed, syntax: PlanSyntax, plan: LogicalPlan): Analyzed => ({
  ...input,
  syntax,
  plan,
  inputs: [input],
})
