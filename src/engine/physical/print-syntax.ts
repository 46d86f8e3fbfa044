import { printTree } from '../optimizer/print-plan.ts'
import type { ExpressionSyntax, PlanSyntax } from '../sql/syntax.ts'

/** Plan nodes directly below one, wherever they stand in it; those within expressions are part of its line. */
const plansIn = (plan: PlanSyntax): readonly PlanSyntax[] => {
  switch (plan.kind) {
    case 'join':
    case 'as-of-join':
    case 'set-operation':
      return [plan.left, plan.right]
    case 'select':
      return plan.from === undefined ? [] : [plan.from]
    case 'with':
      return [...plan.queries.map(({ query }) => query), plan.input]
    default:
      return 'input' in plan ? [plan.input] : []
  }
}

const INFIX = /^[^a-z]+$|^(and|or|div)$/

/** What the user wrote, names unresolved, as Spark marks them with a quote. */
export const printExpressionSyntax = (expression: ExpressionSyntax): string => {
  const list = (expressions: readonly ExpressionSyntax[]) => expressions.map(printExpressionSyntax).join(', ')
  switch (expression.kind) {
    case 'name':
      return `'${expression.parts.join('.')}`
    case 'star':
      return [...expression.qualifier, '*'].join('.')
    case 'literal':
      return String(expression.value)
    case 'interval':
      return `interval ${expression.parts.map(({ value, unit }) => `${printExpressionSyntax(value)} ${unit}`).join(' ')}`
    case 'call':
      return INFIX.test(expression.name) && expression.args.length === 2
        ? `(${printExpressionSyntax(expression.args[0]!)} ${expression.name} ${printExpressionSyntax(expression.args[1]!)})`
        : `'${expression.name}(${expression.distinct === true ? 'distinct ' : ''}${list(expression.args)})${expression.over === undefined ? '' : ' over (…)'}`
    case 'named-argument':
      return `${expression.name} => ${printExpressionSyntax(expression.value)}`
    case 'cast':
      return `cast(${printExpressionSyntax(expression.child)} as ${expression.type.kind})`
    case 'case':
      return 'CASE … END'
    case 'in':
      return `${printExpressionSyntax(expression.value)} IN (${list(expression.list)})`
    case 'in-subquery':
      return `(${list(expression.values)}) IN (subquery)`
    case 'exists':
      return 'exists(subquery)'
    case 'scalar-subquery':
      return '(subquery)'
    case 'lambda':
      return `(${expression.parameters.join(', ')}) -> ${printExpressionSyntax(expression.body)}`
    case 'alias':
      return `${printExpressionSyntax(expression.child)} AS ${expression.names.join(', ')}`
    case 'udf':
      return `${expression.name ?? 'UDF'}#${expression.id}(${list(expression.args)})`
  }
}

const line = (plan: PlanSyntax): string => {
  const list = (expressions: readonly ExpressionSyntax[]) => `[${expressions.map(printExpressionSyntax).join(', ')}]`
  switch (plan.kind) {
    case 'relation':
      return `'UnresolvedRelation [${plan.name.join(', ')}]`
    case 'files':
      return `'UnresolvedRelation ${plan.format} [${plan.paths.join(', ')}]`
    case 'select': {
      const where = plan.where === undefined ? '' : `, where ${printExpressionSyntax(plan.where)}`
      const groups = plan.groupBy === undefined ? '' : `, group by ${list(plan.groupBy.expressions)}`
      const having = plan.having === undefined ? '' : `, having ${printExpressionSyntax(plan.having)}`
      return `'Select${plan.distinct ? ' distinct' : ''} ${list(plan.items)}${where}${groups}${having}`
    }
    case 'filter':
      return `'Filter ${printExpressionSyntax(plan.condition)}`
    case 'join':
      return `'Join ${plan.how}${plan.criteria?.kind === 'on' ? `, ${printExpressionSyntax(plan.criteria.condition)}` : plan.criteria?.kind === 'using' ? `, using [${plan.criteria.columns.join(', ')}]` : ''}`
    case 'as-of-join':
      return `'AsOfJoin ${plan.how}, ${plan.direction}, ${list([plan.leftAsOf, plan.rightAsOf])}, using [${plan.keys.join(', ')}]`
    case 'set-operation':
      return `'${plan.op}${plan.all ? ' all' : ''}`
    case 'sort':
      return `'Sort ${plan.orders === 'all' ? 'all' : list(plan.orders.map(({ expression }) => expression))}, ${plan.global}`
    case 'limit':
      return `'Limit ${plan.count === undefined ? 'all' : printExpressionSyntax(plan.count)}`
    case 'alias':
      return `'SubqueryAlias ${plan.name}`
    case 'with':
      return `'CTE [${plan.queries.map(({ name }) => name).join(', ')}]`
    default:
      return `'${plan.kind}`
  }
}

/** The tree of what the user wrote, for explain. */
export const printSyntax = (plan: PlanSyntax): string => printTree(plan, line, plansIn)
