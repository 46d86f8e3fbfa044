import type { Expression } from '../plan/expression.ts'
import type { DataType } from '../types/data-type.ts'

/** What of the session's settings changes meanings. */
export interface SqlSettings {
  /** spark.sql.ansi.enabled, true by default since Spark 4. */
  readonly ansi: boolean
  /** spark.sql.session.timeZone */
  readonly timeZone: string
}

export type FunctionKind = 'scalar' | 'aggregate' | 'window' | 'generator'

/**
 * One function of Spark. A file of `functions/` holds a family, exported as `readonly SparkFunction[]`; registry.ts
 * puts them together. `name` is canonical; `aliases` are Spark's other names of it.
 */
export interface SparkFunction {
  readonly name: string
  readonly aliases?: readonly string[]
  readonly kind: FunctionKind
  /**
   * Checks number and types of arguments, inserts the casts that Spark would, and says the result. Throws SqlError
   * without position. Lambdas arrive resolved (see `lambdaTypes`).
   */
  readonly resolve: (args: readonly Expression[], settings: SqlSettings) => ResolvedCall
  /** The parameter types of lambda argument `index`, from the arguments that are no lambdas. */
  readonly lambdaTypes?: (
    index: number,
    args: readonly (Expression | undefined)[],
    parameters: number,
  ) => readonly DataType[]
  /**
   * DuckDB SQL of a call whose arguments are SQL already (lambdas as `x -> …`); types are in `call`. Every result has
   * Spark's meaning or `resolve` refuses. For generators: SQL of a list of structs, one a row, that the emitter unnests.
   * Aggregates and window functions get two more texts behind the arguments: see call-site.ts.
   */
  readonly emit: (args: readonly string[], call: Expression, settings: SqlSettings) => string
  /** False for rand, uuid, monotonically_increasing_id …: never computed twice, moved or folded. */
  readonly deterministic?: false
  /**
   * How an aggregate is computed in two steps; absent: all rows of a group must meet in one place. `partial`: aggregates
   * over the input rows; `merge(columns)`: an expression with aggregates over the partial columns, of the type of the whole.
   */
  readonly twoPhase?: (call: Expression) => TwoPhase | undefined
}

export interface ResolvedCall {
  readonly args: readonly Expression[]
  readonly type: DataType
  readonly nullable: boolean
  /** Generators: the columns they give. */
  readonly columns?: readonly { readonly name: string; readonly type: DataType; readonly nullable: boolean }[]
}

export interface TwoPhase {
  /** Each an `aggregate` expression. */
  readonly partial: readonly Expression[]
  /** Over attributes of the partial results; aggregate nodes inside, any expression around them. */
  readonly merge: (partial: readonly Expression[]) => Expression
}
