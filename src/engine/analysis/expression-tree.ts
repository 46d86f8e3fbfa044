import type { Expression } from '../plan/expression.ts'
import { mapChildren } from '../plan/expression-tree.ts'

/** From the top down: where `change` answers, its answer stands and is not entered. */
export const replace = (
  expression: Expression,
  change: (expression: Expression) => Expression | undefined,
): Expression => change(expression) ?? mapChildren(expression, (child) => replace(child, change))

/** Conditions joined by AND, apart. */
export const conjuncts = (condition: Expression): readonly Expression[] =>
  condition.kind === 'call' && condition.name === 'and' ? condition.args.flatMap(conjuncts) : [condition]
