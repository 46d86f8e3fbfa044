import { userError } from '../errors.ts'
import type { JoinType, PlanSyntax } from '../sql/syntax.ts'
import { Column, type ColumnOrName, type ColumnOrValue, columnSyntax, syntaxOf } from './column.ts'
import { joinType } from './join-type.ts'

export interface AsOfOptions<K extends string = string, How extends 'inner' | 'left' = 'inner' | 'left'> {
  readonly on?: K | readonly K[]
  /** left: rows that have no match stay, with nulls. */
  readonly how?: How
  /** backward: the last row of the right that is not later; forward: the first that is not earlier. */
  readonly direction?: 'backward' | 'forward'
  readonly allowExactMatches?: boolean
  /** How far away a match may be: a number, or an interval (`expr("INTERVAL 1 HOUR")`). */
  readonly tolerance?: ColumnOrValue
}

const joined = (
  left: PlanSyntax,
  right: PlanSyntax,
  how: JoinType,
  rest: Pick<Extract<PlanSyntax, { kind: 'join' }>, 'criteria'>,
): PlanSyntax => ({ kind: 'join', left, right, how, lateral: false, ...rest })

/** Rows of both; `on`: conditions, or names of columns that both sides have. Throws EngineError on what makes no join. */
export const joinPlan = (
  left: PlanSyntax,
  right: PlanSyntax,
  on: Column | string | readonly (Column | string)[] | undefined,
  how: string,
): PlanSyntax => {
  const kind = joinType(how)
  if (kind === undefined) throw userError(`"${how}" is not a kind of join: inner, cross, left, right, full, semi, anti`)
  const keys = on === undefined ? [] : ([on].flat() as readonly (Column | string)[])
  if (keys.length === 0 && kind !== 'inner' && kind !== 'cross') throw userError(`a ${kind} join needs a condition`)
  const names = keys.filter((key) => typeof key === 'string')
  const conditions = keys.filter((key) => key instanceof Column)
  if (names.length > 0 && conditions.length > 0) throw userError('join by names or by conditions, not by both')
  const condition = conditions.reduce<Column | undefined>(
    (all, one) => (all === undefined ? one : all.and(one)),
    undefined,
  )
  return joined(left, right, keys.length === 0 ? 'cross' : kind, {
    ...(names.length > 0 ? { criteria: { kind: 'using', columns: names } } : {}),
    ...(condition === undefined ? {} : { criteria: { kind: 'on', condition: condition.syntax } }),
  })
}

/** Each row of `left` with the nearest of `right`. Throws EngineError on options that are none. */
export const asOfPlan = (
  left: PlanSyntax,
  right: PlanSyntax,
  leftAsOf: ColumnOrName,
  rightAsOf: ColumnOrName,
  options: AsOfOptions,
): PlanSyntax => {
  const { on = [], how = 'inner', direction = 'backward', allowExactMatches = true, tolerance } = options
  if (how !== 'inner' && how !== 'left') throw userError(`an as-of join is inner or left, not ${how}`)
  if (direction !== 'backward' && direction !== 'forward')
    throw userError(`the direction of an as-of join is backward or forward, not ${direction}`)
  return {
    kind: 'as-of-join',
    left,
    right,
    how,
    leftAsOf: columnSyntax(leftAsOf),
    rightAsOf: columnSyntax(rightAsOf),
    keys: [on].flat(),
    direction,
    exact: allowExactMatches,
    ...(tolerance === undefined ? {} : { tolerance: syntaxOf(tolerance) }),
  }
}
