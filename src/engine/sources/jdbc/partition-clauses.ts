import { userError } from '../../errors.ts'
import type { JdbcPartition } from './jdbc-options.ts'

const DAY = 86_400_000

/** A bound as a number, and numbers back as SQL of the column's type. */
interface Axis {
  readonly parse: (text: string) => bigint | undefined
  readonly write: (value: bigint) => string
}

const NUMBERS: Axis = {
  parse: (text) => (/^-?\d+$/.test(text) ? BigInt(text) : undefined),
  write: String,
}
const DATES: Axis = {
  parse: (text) => {
    const at = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(text) : Number.NaN
    return Number.isNaN(at) ? undefined : BigInt(at / DAY)
  },
  write: (value) => `DATE '${new Date(Number(value) * DAY).toISOString().slice(0, 10)}'`,
}
const TIMES: Axis = {
  parse: (text) => {
    const at = Date.parse(`${text.replace(' ', 'T')}${/^\d{4}-\d\d-\d\d$/.test(text) ? 'T00:00:00' : ''}Z`)
    return Number.isNaN(at) ? undefined : BigInt(at)
  },
  write: (value) => `TIMESTAMP '${new Date(Number(value)).toISOString().slice(0, 23).replace('T', ' ')}'`,
}

const AXES: Readonly<Record<string, Axis>> = {
  int2: NUMBERS,
  int4: NUMBERS,
  int8: NUMBERS,
  numeric: NUMBERS,
  float4: NUMBERS,
  float8: NUMBERS,
  date: DATES,
  timestamp: TIMES,
  timestamptz: TIMES,
}

/**
 * A condition for each partition; together they let every row through once, bounds only say where to cut. Source: Spark's
 * JDBCRelation.columnPartition. Throws EngineError for a column or bounds that cannot be cut.
 */
export const partitionClauses = (
  { column, lower, upper, count }: JdbcPartition,
  typeName: string | undefined,
  quoted: string,
): readonly string[] => {
  const axis = AXES[typeName ?? '']
  if (axis === undefined)
    throw userError(
      typeName === undefined
        ? `partitionColumn ${column} is no column of the table`
        : `partitionColumn ${column} is of type ${typeName}; it wants a number, a date or a timestamp`,
    )
  const [low, high] = [axis.parse(lower), axis.parse(upper)]
  if (low === undefined || high === undefined)
    throw userError(
      `lowerBound "${lower}" and upperBound "${upper}" are no values of partitionColumn ${column} (${typeName})`,
    )
  if (low >= high) throw userError(`lowerBound ${lower} must be less than upperBound ${upper}`)
  const parts = BigInt(count) > high - low ? high - low : BigInt(count)
  if (parts <= 1n) return ['']
  const cuts = Array.from({ length: Number(parts) - 1 }, (_, index) =>
    axis.write(low + ((high - low) * BigInt(index + 1)) / parts),
  )
  return Array.from({ length: Number(parts) }, (_, index) => {
    const [from, to] = [cuts[index - 1], cuts[index]]
    if (from === undefined) return `(${quoted} < ${to} OR ${quoted} IS NULL)`
    return to === undefined ? `${quoted} >= ${from}` : `${quoted} >= ${from} AND ${quoted} < ${to}`
  })
}
