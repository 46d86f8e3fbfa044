import { conjuncts } from '../optimizer/expression-tree.ts'
import { joinPairs } from '../optimizer/join-keys.ts'
import type { Attribute, Expression } from '../plan/expression.ts'
import { childrenOf, idsOf } from '../plan/expression-tree.ts'
import type { LogicalJoinType, LogicalPlan, PlanOf } from '../plan/logical-plan.ts'
import { allPlain, type Block, type Column, isBare, isRows, plainBlock, renderBlock } from './block.ts'
import { emitConditions, emitExpression, type Scope } from './emit-expression.ts'
import type { Emitter } from './emit-plan.ts'

const WORDS: Readonly<Record<Exclude<LogicalJoinType, 'null-aware-anti'>, string>> = {
  inner: 'JOIN',
  left: 'LEFT JOIN',
  right: 'RIGHT JOIN',
  full: 'FULL JOIN',
  semi: 'SEMI JOIN',
  anti: 'ANTI JOIN',
  'as-of': 'ASOF LEFT JOIN',
}

/** A side as a relation; conditions on rows of the kept side of a join can wait until after it. */
const side = (plan: LogicalPlan, emitter: Emitter, conditionsMayWait: boolean): Block => {
  const block = emitter.block(plan)
  const usable = isBare(block) || (conditionsMayWait && isRows(block) && allPlain(block))
  return usable ? block : emitter.close(block, plan.output)
}

/**
 * The kept side of a semi or anti join above an inner join, which the optimizer left there because the inner join leaves
 * fewer rows: as a subquery, lest DuckDB, which takes each of them to leave a fifth, puts it below again.
 */
const fenced = (block: Block, { how, left }: PlanOf<'join'>, emitter: Emitter): Block =>
  (how === 'semi' || how === 'anti') && isInnerJoin(left) ? emitter.close(block, left.output) : block

const isInnerJoin = (plan: LogicalPlan): boolean =>
  plan.kind === 'project' || plan.kind === 'filter'
    ? isInnerJoin(plan.input)
    : plan.kind === 'join' && plan.how === 'inner'

const compound = (from: string): string => (/ JOIN /.test(from) && !from.startsWith('(SELECT') ? `(${from})` : from)

export const emitJoin = (join: PlanOf<'join'>, emitter: Emitter): Block => {
  const { how } = join
  const kept = side(
    join.left,
    emitter,
    how === 'inner' ||
      how === 'left' ||
      how === 'semi' ||
      how === 'anti' ||
      how === 'null-aware-anti' ||
      how === 'as-of',
  )
  const left = fenced(kept, join, emitter)
  const right = side(join.right, emitter, how === 'inner' || how === 'right')
  const columns = new Map<number, Column>([...left.columns, ...right.columns])
  const scope = emitter.scope(plainBlock('', columns))
  const where = [...left.where, ...right.where]
  if (how === 'null-aware-anti') return emitNotIn(join, { left, right, scope }, emitter)
  const output = how === 'semi' || how === 'anti' ? left.columns : columns
  const conditions = joinConditions(join, scope)
  if (conditions.length === 0 && how === 'inner') {
    return { ...plainBlock(`${left.from} CROSS JOIN ${compound(right.from)}`, output), where }
  }
  const on = conditions.length > 0 ? conditions.join(' AND ') : 'true'
  return { ...plainBlock(`${left.from} ${WORDS[how]} ${compound(right.from)} ON ${on}`, output), where }
}

const ORDERED = new Set(['<', '<=', '>', '>=', '<>'])

/**
 * DuckDB computes both sides of each comparison for all rows before it joins; what is computed for one beside an
 * equality waits for the rows that are equal. IS TRUE says the same of a condition and is no comparison of two sides.
 */
const joinConditions = ({ condition, how, left, right }: PlanOf<'join'>, scope: Scope): readonly string[] => {
  if (condition === undefined) return []
  const conditions = emitConditions(condition, scope)
  if (how !== 'inner' || joinPairs(condition, idsOf(left.output), idsOf(right.output)).pairs.length === 0)
    return conditions
  const parts = conjuncts(condition)
  const waits = (part: Expression | undefined): boolean =>
    part?.kind === 'call' && ORDERED.has(part.name) && part.args.some(({ kind }) => kind !== 'attribute')
  return conditions.map((sql, index) => (waits(parts[index]) ? `(${sql} IS TRUE)` : sql))
}

interface Sides {
  readonly left: Block
  readonly right: Block
  readonly scope: Scope
}

/**
 * NOT IN: a row comes through when the condition is false, not null, for every row of the right. One equality is
 * DuckDB's own NOT IN, which hashes; the rest is said literally.
 */
const emitNotIn = (
  { condition, left: _, right: plan }: PlanOf<'join'>,
  { left, right, scope }: Sides,
  emitter: Emitter,
): Block => {
  const equality = condition && oneEquality(condition, new Set(left.columns.keys()), new Set(right.columns.keys()))
  if (equality) {
    const id = plan.output.length
    const attribute: Attribute = { kind: 'attribute', id, name: 'value', type: equality.right.type, nullable: true }
    const sql = emitExpression(equality.right, emitter.scope(right))
    const values = renderBlock({ ...right, columns: new Map([[id, { sql, kind: 'computed' }]]) }, [attribute])
    const value = emitExpression(equality.left, emitter.scope(left))
    return { ...left, where: [...left.where, `${value} NOT IN (${values})`] }
  }
  const on = condition ? `(${emitExpression(condition, scope)}) IS NOT FALSE` : 'true'
  return { ...plainBlock(`${left.from} ANTI JOIN ${compound(right.from)} ON ${on}`, left.columns), where: left.where }
}

const oneEquality = (
  condition: Expression,
  left: ReadonlySet<number>,
  right: ReadonlySet<number>,
): { readonly left: Expression; readonly right: Expression } | undefined => {
  if (condition.kind !== 'call' || condition.name !== '=') return undefined
  const [a, b] = condition.args as readonly [Expression, Expression]
  if (isOver(a, left) && isOver(b, right)) return { left: a, right: b }
  if (isOver(a, right) && isOver(b, left)) return { left: b, right: a }
  return undefined
}

const isOver = (expression: Expression, columns: ReadonlySet<number>): boolean =>
  expression.kind === 'attribute'
    ? columns.has(expression.id)
    : childrenOf(expression).every((child) => isOver(child, columns))
