import type { FrameBound, LiteralValue } from '../sql/syntax.ts'
import type { DataType } from '../types/data-type.ts'
import type { LogicalPlan } from './logical-plan.ts'

/** A column of a relation: known by its id alone, unique within one analysis. `name` is what the user sees. */
export interface Attribute {
  readonly kind: 'attribute'
  readonly id: number
  readonly name: string
  readonly type: DataType
  readonly nullable: boolean
}

/** An expression whose names, types and coercions are settled: no implicit cast is left, every cast is a node. Frozen data. */
export type Expression = Attribute | ResolvedExpression

export type ResolvedExpression = { readonly type: DataType; readonly nullable: boolean } & (
  | { readonly kind: 'literal'; readonly value: LiteralValue }
  /** A scalar function or operator of the registry in `functions/`, by its canonical name. */
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Expression[] }
  /** ansi: an error on what does not fit; try: null; legacy: as spark.sql.ansi.enabled=false has it. */
  | { readonly kind: 'cast'; readonly child: Expression; readonly mode: 'ansi' | 'try' | 'legacy' }
  | {
      readonly kind: 'case'
      readonly branches: readonly { readonly when: Expression; readonly then: Expression }[]
      readonly otherwise: Expression | undefined
    }
  | { readonly kind: 'in'; readonly value: Expression; readonly list: readonly Expression[] }
  | { readonly kind: 'lambda'; readonly parameters: readonly Attribute[]; readonly body: Expression }
  | {
      readonly kind: 'aggregate'
      readonly name: string
      readonly args: readonly Expression[]
      readonly distinct: boolean
      readonly filter: Expression | undefined
      readonly orderBy: readonly SortOrder[]
    }
  /** Only in a `window` node. `function`: an aggregate, or a call of a window function (rank, lag …). */
  | {
      readonly kind: 'window'
      readonly function: Expression
      readonly frame: WindowFrame | undefined
      readonly ignoreNulls: boolean
    }
  /** A column of the enclosing query, within a subquery's plan; decorrelation removes it. */
  | { readonly kind: 'outer'; readonly attribute: Attribute }
  | { readonly kind: 'scalar-subquery'; readonly plan: LogicalPlan }
  | { readonly kind: 'exists'; readonly plan: LogicalPlan }
  | { readonly kind: 'in-subquery'; readonly values: readonly Expression[]; readonly plan: LogicalPlan }
  /** `name`: for explain. */
  | { readonly kind: 'udf'; readonly id: number; readonly name?: string; readonly args: readonly Expression[] }
)

export type ExpressionOf<K extends Expression['kind']> = Extract<Expression, { kind: K }>

export interface SortOrder {
  readonly expression: Expression
  readonly descending: boolean
  readonly nullsFirst: boolean
}

export interface WindowFrame {
  readonly unit: 'rows' | 'range'
  readonly start: FrameBound<Expression>
  readonly end: FrameBound<Expression>
}

/** An expression that becomes the column `attribute` of the node that holds it. */
export interface Named {
  readonly attribute: Attribute
  readonly expression: Expression
}

/** A fresh id for each new column. One counter an analysis, so that plans are the same in every run. */
export type NewId = () => number
