import type { Attribute, Expression, NewId } from '../plan/expression.ts'
import { idsOf } from '../plan/expression-tree.ts'
import type { LogicalPlan, PlanOf } from '../plan/logical-plan.ts'
import { allOf, exactly, filter, join, pass, project } from './build-plan.ts'
import { bindTo, type Ids } from './correlation.ts'
import { correlatedColumns, domainOf, sameValues } from './domain.ts'
import { pullUp } from './pull-up.ts'

/** A join whose right side names columns of the left. */
export const joinLateral = (
  node: PlanOf<'join'>,
  newId: NewId,
  decorrelate: (plan: LogicalPlan) => LogicalPlan,
): LogicalPlan => {
  const ids: Ids = idsOf(node.left.output)
  const own: readonly Expression[] = node.condition ? [node.condition] : []
  const onto = grafted(node, ids)
  if (onto) {
    const condition = allOf(own)
    return exactly(decorrelate(condition ? filter(onto, condition) : onto), node.output)
  }
  const pulled = pullUp(node.right, ids, newId)
  if (pulled) {
    const condition = allOf([...pulled.predicates.map((one) => bindTo(one, ids)), ...own])
    return exactly(join(node.left, pulled.plan, node.how, condition, node.broadcast), node.output)
  }
  const domain = domainOf(node.left, correlatedColumns(node.left, node.right), newId)
  const dependent = domain.dependent(node.right)
  const same = sameValues(domain.columns, dependent.keys)
  const right = decorrelate(dependent.plan)
  return exactly(join(node.left, right, node.how, allOf([...(same ? [same] : []), ...own])), node.output)
}

/** Computed columns and generators over no FROM are computed over the left side itself. */
const grafted = (node: PlanOf<'join'>, ids: Ids): LogicalPlan | undefined => {
  if (node.how !== 'inner' && node.how !== 'left') return undefined
  if (node.how === 'left' && node.condition) return undefined
  const left = node.left.output
  const graft = (plan: LogicalPlan): LogicalPlan | undefined => {
    switch (plan.kind) {
      case 'values':
        return plan.output.length === 0 && plan.rows.length === 1 ? node.left : undefined
      case 'project': {
        const below = graft(plan.input)
        const items = plan.items.map(({ attribute, expression }) => ({
          attribute,
          expression: bindTo(expression, ids),
        }))
        return below && project(below, [...left.map(pass), ...items])
      }
      case 'filter': {
        const below = node.how === 'inner' ? graft(plan.input) : undefined
        return below && filter(below, bindTo(plan.condition, ids))
      }
      case 'generate': {
        const below = node.how === 'inner' || plan.outer ? graft(plan.input) : undefined
        const output: readonly Attribute[] = below ? [...below.output, ...plan.generated] : []
        return below && { ...plan, input: below, generator: bindTo(plan.generator, ids), output }
      }
      default:
        return undefined
    }
  }
  return graft(node.right)
}
