import type { ExpressionSyntax, GroupBySyntax, PlanSyntax } from './syntax.ts'

/** SELECT items FROM plan, as PlanSyntax has it. */
export const select = (from: PlanSyntax, items: readonly ExpressionSyntax[], groupBy?: GroupBySyntax): PlanSyntax => ({
  kind: 'select',
  items,
  distinct: false,
  from,
  lateralViews: [],
  windows: {},
  ...(groupBy === undefined ? {} : { groupBy }),
})
