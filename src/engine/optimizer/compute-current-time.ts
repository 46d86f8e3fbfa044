import type { Expression } from '../plan/expression.ts'
import { mapList, transformUp } from '../plan/expression-tree.ts'
import type { LogicalPlan } from '../plan/logical-plan.ts'
import { inputsOf, mapExpressions } from '../plan/plan-shape.ts'
import type { LiteralValue } from '../sql/syntax.ts'
import { mapSubqueries, withInputs } from './plan-tree.ts'

/** The moment a query began; `timeZone`: the session's. */
export interface QueryTime {
  readonly milliseconds: number
  readonly timeZone: string
}

/**
 * The plan with one moment in the place of each function that asks for the time, in subqueries too: all rows, tasks and
 * tries see the same. Source: Spark's ComputeCurrentTime.
 */
export const computeCurrentTime = (plan: LogicalPlan, time: QueryTime): LogicalPlan => {
  const visit = (node: LogicalPlan): LogicalPlan =>
    mapExpressions(mapSubqueries(withInputs(node, mapList(inputsOf(node), visit)), visit), (expression) =>
      transformUp(expression, (part) => inTime(part, time)),
    )
  return visit(plan)
}

const inTime = (part: Expression, time: QueryTime): Expression => {
  if (part.kind !== 'call' || part.args.length > 0) return part
  const value = momentAs(part.name, time)
  return value === undefined ? part : { kind: 'literal', value, type: part.type, nullable: false }
}

const DAY = 86_400_000

const momentAs = (name: string, { milliseconds, timeZone }: QueryTime): LiteralValue | undefined => {
  switch (name) {
    case 'current_timestamp':
      return BigInt(milliseconds) * 1000n
    case 'localtimestamp':
      return BigInt(wallClock(milliseconds, timeZone)) * 1000n
    case 'current_date':
      return Math.floor(wallClock(milliseconds, timeZone) / DAY)
    case 'unix_timestamp':
      return BigInt(Math.floor(milliseconds / 1000))
    default:
      return undefined
  }
}

/** What a clock in the zone shows, as milliseconds since 1970 on that clock. */
const wallClock = (milliseconds: number, timeZone: string): number => {
  const format = new Intl.DateTimeFormat('en-GB-u-ca-iso8601', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })
  const parts = new Map(format.formatToParts(milliseconds).map(({ type, value }) => [type, Number(value)]))
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = (
    ['year', 'month', 'day', 'hour', 'minute', 'second'] as const
  ).map((type) => parts.get(type))
  return Date.UTC(year, month - 1, day, hour, minute, second) + (((milliseconds % 1000) + 1000) % 1000)
}
