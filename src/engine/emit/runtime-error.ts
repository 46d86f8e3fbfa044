import { SqlError } from '../sql/sql-error.ts'

const HINT = 'If necessary set "spark.sql.ansi.enabled" to "false" to bypass this error.'

/** `[CONDITION] message`, as the emitted SQL raises it. */
const RAISED = /\[([A-Z][A-Z0-9_]*(?:\.[A-Z0-9_]+)*)\] ([\s\S]+)/

type Rule = readonly [pattern: RegExp, condition: string, message: (match: RegExpExecArray) => string]

const NAMES: Readonly<Record<string, string>> = {
  INT8: 'tinyint',
  INT16: 'short',
  INT32: 'integer',
  INT64: 'long',
  INT128: 'decimal',
}

const overflow = (type: string | undefined): string =>
  `${NAMES[type ?? ''] ?? 'number'} overflow. Use the try_ function to tolerate it and return NULL instead. ${HINT}`

/** DuckDB's own errors that Spark has a condition for. */
const RULES: readonly Rule[] = [
  [
    /Error while reading file "([^"]+)": failed to cast column "([^"]+)" from type (.+?) to (.+?): /,
    'FAILED_READ_FILE.PARQUET_COLUMN_DATA_TYPE_MISMATCH',
    ([, file, column, there, expected]) =>
      `Encountered error while reading file ${file}: its column ${column} is ${there}, ${expected} is expected. Give the files one schema, or read them apart`,
  ],
  [
    /Overflow in [a-z ]+ of (?:DECIMAL|INT128)/i,
    'NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION',
    () =>
      `A decimal result, or a step towards it, has more than 38 digits; cast the operands to a smaller precision, or to DOUBLE. ${HINT}`,
  ],
  [/Overflow in [a-z ]+ of INT(?:8|16)\b/i, 'BINARY_ARITHMETIC_OVERFLOW', () => overflow(undefined)],
  [/Overflow in [a-z ]+ of (INT\d+)/i, 'ARITHMETIC_OVERFLOW', (match) => overflow(match[1])],
  [/Overflow (?:on|in) /i, 'ARITHMETIC_OVERFLOW', () => overflow(undefined)],
  [/Cannot (?:negate|take absolute value)/i, 'ARITHMETIC_OVERFLOW', () => overflow(undefined)],
  [
    /Type INT128 with value (\S+) can't be cast.*out of range for the destination type (\S+)/,
    // Only sums and products that were computed wider are cast down.
    'ARITHMETIC_OVERFLOW',
    (match) => overflow(match[2]),
  ],
  [
    /(?:Could not cast value (\S+)|Casting value "([^"]*)") to (?:type )?DECIMAL\((\d+),\s*(\d+)\)/,
    'NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION',
    (match) => `${match[1] ?? match[2]} cannot be represented as Decimal(${match[3]}, ${match[4]}). ${HINT}`,
  ],
  // Sums are of 128 bits until they end.
  [/Type INT128 with value \S+ can't be cast.*destination type INT64/, 'ARITHMETIC_OVERFLOW', () => overflow('INT64')],
  [
    /with value (\S+) can't be cast.*out of range for the destination type (\S+)/,
    'CAST_OVERFLOW',
    (match) =>
      `The value ${match[1]} cannot be cast to ${NAMES[match[2]!] ?? match[2]} due to an overflow. Use try_cast to tolerate overflow and return NULL instead. ${HINT}`,
  ],
  [
    /More than one row returned by a subquery/i,
    'SCALAR_SUBQUERY_TOO_MANY_ROWS',
    () => 'More than one row returned by a subquery used as an expression',
  ],
  [
    /Could not convert string '([\s\S]*)' to (\S+)/,
    'CAST_INVALID_INPUT',
    (match) =>
      `The value '${match[1]}' of the type "STRING" cannot be cast to "${match[2]}" because it is malformed. ${HINT}`,
  ],
]

/**
 * What DuckDB reported while rows were computed, as Spark's error; undefined where it is none of the data's faults (disk,
 * memory, files). `message`: DuckDB's, without its prefix or with it.
 */
export const runtimeError = (message: string, cause?: unknown): SqlError | undefined => {
  const options = cause === undefined ? undefined : { cause }
  // Plans raise by raise_error, which names the program's own condition.
  const raised = RAISED.exec(message.replace('[USER_RAISED_EXCEPTION] [SCALAR_SUBQUERY_', '[SCALAR_SUBQUERY_'))
  if (raised) return new SqlError(raised[1]!, raised[2]!.trim(), undefined, options)
  for (const [pattern, condition, say] of RULES) {
    const match = pattern.exec(message)
    if (match) return new SqlError(condition, say(match), undefined, options)
  }
  return undefined
}
