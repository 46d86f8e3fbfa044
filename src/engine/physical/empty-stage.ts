import type { LogicalPlan } from '../plan/logical-plan.ts'

/** Whether a plan gives no rows when the inputs named in `empty` have none: false where it is not sure. */
export const isEmptyWhen = (plan: LogicalPlan, empty: (name: string) => boolean): boolean => {
  const test = (node: LogicalPlan): boolean => isEmptyWhen(node, empty)
  switch (plan.kind) {
    case 'stage-input':
      return empty(plan.name)
    case 'scan':
    case 'range':
    case 'map-batches':
      return false
    case 'values':
      return plan.rows.length === 0
    case 'project':
    case 'filter':
    case 'expand':
    case 'sort':
    case 'limit':
    case 'window':
    case 'generate':
    case 'sample':
    case 'repartition':
      return test(plan.input)
    case 'aggregate':
      return plan.groups.length > 0 && test(plan.input)
    case 'union':
      return plan.inputs.every(test)
    case 'join':
      switch (plan.how) {
        case 'inner':
        case 'semi':
          return test(plan.left) || test(plan.right)
        case 'left':
        case 'as-of':
        case 'anti':
        case 'null-aware-anti':
          return test(plan.left)
        case 'right':
          return test(plan.right)
        case 'full':
          return test(plan.left) && test(plan.right)
      }
  }
}
