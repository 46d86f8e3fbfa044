import type { Expression } from '../plan/expression.ts'
import { mapOrders } from '../plan/expression-tree.ts'
import type { LogicalPlan } from '../plan/logical-plan.ts'
import type { Item } from './select-items.ts'
import { type PendingWindow, specificationKey } from './select-parts.ts'

/** A window node for each specification. */
export const withWindows = (
  input: LogicalPlan,
  windows: readonly PendingWindow[],
  settle: (expression: Expression) => Expression,
): LogicalPlan =>
  Map.groupBy(windows, specificationKey)
    .values()
    .reduce<LogicalPlan>((below, group) => {
      const functions = group.map(({ attribute, expression }) => ({ attribute, expression: settle(expression) }))
      return {
        kind: 'window',
        input: below,
        functions,
        partitionBy: group[0]!.partitionBy.map(settle),
        orderBy: mapOrders(group[0]!.orderBy, settle),
        output: [...below.output, ...functions.map(({ attribute }) => attribute)],
      }
    }, input)

export const withGenerators = (
  input: LogicalPlan,
  items: readonly Item[],
  settle: (expression: Expression) => Expression,
): LogicalPlan =>
  items
    .flatMap(({ generator }) => (generator ? [generator] : []))
    .reduce<LogicalPlan>(
      (below, { call, outer, generated }) => ({
        kind: 'generate',
        input: below,
        generator: settle(call),
        outer,
        generated,
        output: [...below.output, ...generated],
      }),
      input,
    )
