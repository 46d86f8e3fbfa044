import type { Expression } from '../../plan/expression.ts'
import { transformUp } from '../../plan/expression-tree.ts'
import { mapExpressions } from '../../plan/plan-shape.ts'
import {
  call,
  conjoin,
  conjuncts,
  disjoin,
  disjuncts,
  FALSE,
  isDeterministic,
  isNeverTrue,
  isTrue,
  TRUE,
} from '../expression-tree.ts'
import { transformPlanUp } from '../plan-tree.ts'
import type { Rule } from '../rule.ts'
import { expressionKey, sameExpression } from '../same-plan.ts'

const isFalse = (expression: Expression): boolean => expression.kind === 'literal' && expression.value === false

/** Of a column or a literal; what functions give is known less surely. */
const neverNull = (expression: Expression | undefined): boolean =>
  (expression?.kind === 'attribute' || expression?.kind === 'literal') && !expression.nullable

const OPPOSITE: Readonly<Record<string, string>> = { '<': '>=', '<=': '>', '>': '<=', '>=': '<', '=': '<>', '<>': '=' }

const unique = (parts: readonly Expression[]): readonly Expression[] => [
  ...new Map(parts.map((part) => [isDeterministic(part) ? expressionKey(part) : part, part])).values(),
]

/** (a AND b) OR (a AND c) is a AND (b OR c): what is common can be pushed down and joined on. */
const factor = (parts: readonly Expression[]): Expression | undefined => {
  const [first, ...rest] = parts.map(conjuncts)
  if (first === undefined || rest.length === 0) return undefined
  const common = first.filter(
    (part) => isDeterministic(part) && rest.every((other) => other.some((one) => sameExpression(one, part))),
  )
  if (common.length === 0) return undefined
  const left = [first, ...rest].map((branch) =>
    conjoin(branch.filter((part) => !common.some((one) => sameExpression(one, part)))),
  )
  if (left.some((branch) => branch === undefined)) return conjoin(common)
  return conjoin([...common, disjoin(left.map((branch) => branch!))!])
}

export const simplifyOne = (expression: Expression): Expression => {
  if (expression.kind === 'case') return simplifyCase(expression)
  if (expression.kind !== 'call') return expression
  const [one, other] = expression.args
  switch (expression.name) {
    case 'and': {
      if (one === undefined || other === undefined) return expression
      if (isFalse(one) || isFalse(other)) return FALSE
      if (isTrue(one)) return other
      if (isTrue(other)) return one
      const all = conjuncts(expression)
      const parts = unique(all)
      return parts.length === all.length ? expression : conjoin(parts)!
    }
    case 'or': {
      if (one === undefined || other === undefined) return expression
      if (isTrue(one) || isTrue(other)) return TRUE
      if (isFalse(one)) return other
      if (isFalse(other)) return one
      const all = disjuncts(expression)
      const parts = unique(all)
      return parts.length === all.length ? (factor(parts) ?? expression) : disjoin(parts)!
    }
    case 'not': {
      if (one?.kind !== 'call') return expression
      if (one.name === 'not') return one.args[0] ?? expression
      if (one.name === 'isnull') return { ...one, name: 'isnotnull' }
      if (one.name === 'isnotnull') return { ...one, name: 'isnull' }
      const opposite = OPPOSITE[one.name]
      if (opposite !== undefined) return { ...one, name: opposite }
      if (one.name === 'or') return conjoin(disjuncts(one).map((part) => call('not', [part])))!
      return expression
    }
    case 'isnotnull':
      return neverNull(one) ? TRUE : expression
    case 'isnull':
      return neverNull(one) ? FALSE : expression
    default:
      return expression
  }
}

const simplifyCase = (expression: Expression & { readonly kind: 'case' }): Expression => {
  const branches = expression.branches.filter(({ when }) => !isNeverTrue(when))
  const sure = branches.findIndex(({ when }) => isTrue(when))
  const kept = sure < 0 ? branches : branches.slice(0, sure)
  const otherwise = sure < 0 ? expression.otherwise : branches[sure]?.then
  if (kept.length === 0) return otherwise ?? { kind: 'literal', value: null, type: expression.type, nullable: true }
  return kept.length === expression.branches.length ? expression : { ...expression, branches: kept, otherwise }
}

/** Source: Spark's BooleanSimplification, SimplifyConditionals, NullPropagation of is (not) null. */
export const simplifyBooleans: Rule = {
  name: 'BooleanSimplification',
  apply: (plan) =>
    transformPlanUp(plan, (node) => mapExpressions(node, (expression) => transformUp(expression, simplifyOne))),
}
