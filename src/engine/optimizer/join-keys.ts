import type { Expression } from '../plan/expression.ts'
import { attributeIds, conjuncts, isDeterministic, isSubset } from './expression-tree.ts'

/** One equality of a join: an expression over the left columns and one over the right. */
export interface JoinPair {
  readonly left: Expression
  readonly right: Expression
  /** `<=>`: two nulls are equal. */
  readonly nullSafe: boolean
}

export interface JoinKeys {
  readonly pairs: readonly JoinPair[]
  /** What else must hold. */
  readonly rest: readonly Expression[]
}

const sameType = (one: Expression, other: Expression): boolean =>
  JSON.stringify(one.type) === JSON.stringify(other.type)

/** The equalities of a condition between the two sides; those of unequal types are not among them, as their hashes may differ. */
export const joinPairs = (
  condition: Expression | undefined,
  left: ReadonlySet<number>,
  right: ReadonlySet<number>,
): JoinKeys => {
  const pairs: JoinPair[] = []
  const rest: Expression[] = []
  for (const part of conjuncts(condition)) {
    const pair = pairOf(part, left, right)
    if (pair === undefined) rest.push(part)
    else pairs.push(pair)
  }
  return { pairs, rest }
}

const pairOf = (part: Expression, left: ReadonlySet<number>, right: ReadonlySet<number>): JoinPair | undefined => {
  if (part.kind !== 'call' || (part.name !== '=' && part.name !== '<=>')) return undefined
  const [one, other] = part.args
  if (one === undefined || other === undefined || !sameType(one, other) || !isDeterministic(part)) return undefined
  const nullSafe = part.name === '<=>'
  const [ofOne, ofOther] = [attributeIds(one), attributeIds(other)]
  if (ofOne.size === 0 || ofOther.size === 0) return undefined
  if (isSubset(ofOne, left) && isSubset(ofOther, right)) return { left: one, right: other, nullSafe }
  if (isSubset(ofOne, right) && isSubset(ofOther, left)) return { left: other, right: one, nullSafe }
  return undefined
}
