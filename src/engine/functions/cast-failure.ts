import { raiseText } from './raise.ts'

/** SQL that fails: the value `x` (SQL of a text) is no value of `target`. Source: Spark's CAST_INVALID_INPUT. */
export const invalidInput = (x: string, target: string, from = 'STRING'): string =>
  raiseText(
    `'[CAST_INVALID_INPUT] The value ''' || ${x} || ''' of the type "${from}" cannot be cast to "${target}" because it is malformed. Correct the value as per the syntax, or change its target type. Use try_cast to tolerate malformed input and return NULL instead.'`,
  )

/** SQL that fails: the number `x` is outside the range of `target`. Source: Spark's CAST_OVERFLOW. */
export const castOverflow = (x: string, from: string, target: string): string =>
  raiseText(
    `'[CAST_OVERFLOW] The value ' || CAST(${x} AS VARCHAR) || ' of the type "${from}" cannot be cast to "${target}" due to an overflow. Use try_cast to tolerate overflow and return NULL instead.'`,
  )

/** SQL that fails: the number `x` has more digits than `decimal`. Source: Spark's NUMERIC_VALUE_OUT_OF_RANGE. */
export const outOfRange = (x: string, precision: number, scale: number): string =>
  raiseText(
    `'[NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION] ' || CAST(${x} AS VARCHAR) || ' cannot be represented as Decimal(${precision}, ${scale}). If necessary set "spark.sql.ansi.enabled" to "false" to bypass this error, and return NULL instead.'`,
  )
