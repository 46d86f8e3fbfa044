import type { ScriptSpec } from './script-call.ts'
import type { ScriptValue } from './script-values.ts'

/** A call for one row. Throws Error with `[CONDITION] message`. */
// biome-ignore lint/suspicious/noExplicitAny: the types of the arguments are those that `resolve` settled
export type Script = (...args: any[]) => ScriptValue

/** A function that DuckDB has no way to compute: pure JavaScript, made once for each place where it is called. */
export interface ScriptFunction {
  readonly make: (spec: ScriptSpec) => Script
  /** True: nulls are given to it; absent: where an argument is null, so is the result. */
  readonly takesNulls?: true
  /** It may give another value for the same arguments. */
  readonly volatile?: true
}

export type ScriptTable = Readonly<Record<string, ScriptFunction>>

/** What a script throws: Spark's condition. */
export const fault = (condition: string, message: string): Error => new Error(`[${condition}] ${message}`)
