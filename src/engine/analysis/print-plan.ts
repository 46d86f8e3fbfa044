import type { Attribute, Expression, Named, SortOrder } from '../plan/expression.ts'
import { childrenOf, subqueryOf } from '../plan/expression-tree.ts'
import type { LogicalPlan } from '../plan/logical-plan.ts'
import { expressionsOf, inputsOf } from '../plan/plan-shape.ts'
import type { FrameBound } from '../sql/syntax.ts'
import { sqlTypeName } from '../types/type-name.ts'

/** The plan as Spark prints trees: a node a line, inputs indented below it, `name#id` for columns. */
export const printPlan = (plan: LogicalPlan): string => lines(plan).join('\n')

const lines = (plan: LogicalPlan): readonly string[] => {
  const subqueries = subqueriesOf(plan)
  const children = [
    ...subqueries.map((inner) => ['Subquery', ...branch(lines(inner), true)]),
    ...inputsOf(plan).map(lines),
  ]
  return [nodeText(plan), ...children.flatMap((child, index) => branch(child, index === children.length - 1))]
}

const branch = (child: readonly string[], last: boolean): readonly string[] =>
  child.map((line, index) => (index === 0 ? `${last ? '+- ' : ':- '}${line}` : `${last ? '   ' : ':  '}${line}`))

const subqueriesOf = (plan: LogicalPlan): readonly LogicalPlan[] => {
  const found: LogicalPlan[] = []
  const visit = (expression: Expression): void => {
    const inner = subqueryOf(expression)
    if (inner) found.push(inner)
    childrenOf(expression).forEach(visit)
  }
  expressionsOf(plan).forEach(visit)
  return found
}

const list = (attributes: readonly Attribute[]): string => `[${attributes.map(attributeText).join(', ')}]`
const attributeText = ({ name, id }: Attribute): string => `${name}#${id}`

const namedText = ({ attribute, expression }: Named): string =>
  expression.kind === 'attribute' && expression.id === attribute.id
    ? attributeText(attribute)
    : `${expressionText(expression)} AS ${attributeText(attribute)}`

const named = (all: readonly Named[]): string => `[${all.map(namedText).join(', ')}]`
const expressions = (all: readonly Expression[]): string => `[${all.map(expressionText).join(', ')}]`

const JOINS = {
  inner: 'Inner',
  left: 'LeftOuter',
  right: 'RightOuter',
  full: 'FullOuter',
  semi: 'LeftSemi',
  anti: 'LeftAnti',
  'null-aware-anti': 'NullAwareLeftAnti',
  'as-of': 'AsOf',
} as const

export const nodeText = (plan: LogicalPlan): string => {
  switch (plan.kind) {
    case 'scan': {
      const { relation } = plan
      const name = relation.kind === 'files' ? relation.source.label : `held ${relation.id}`
      const filters = plan.filters.length > 0 ? `, filters: ${expressions(plan.filters)}` : ''
      return `Scan ${name} ${list(plan.output)}${filters}`
    }
    case 'range':
      return `Range (${plan.start}, ${plan.end}, step=${plan.step}${plan.partitions === undefined ? '' : `, splits=${plan.partitions}`}) ${list(plan.output)}`
    case 'values':
      return plan.output.length === 0 && plan.rows.length === 1
        ? 'OneRowRelation'
        : `LocalRelation ${list(plan.output)}, ${plan.rows.length} rows`
    case 'project':
      return `Project ${named(plan.items)}`
    case 'filter':
      return `Filter ${expressionText(plan.condition)}`
    case 'aggregate':
      return `Aggregate ${named(plan.groups)}, ${named(plan.aggregates)}`
    case 'expand':
      return `Expand [${plan.projections.map(expressions).join(', ')}], ${list(plan.output)}`
    case 'join': {
      const condition = plan.condition ? `, ${expressionText(plan.condition)}` : ''
      return `Join ${plan.how === 'inner' && !plan.condition ? 'Cross' : JOINS[plan.how]}${condition}${plan.broadcast ? `, broadcast ${plan.broadcast}` : ''}`
    }
    case 'sort':
      return `Sort [${plan.orders.map(orderText).join(', ')}], ${plan.global}`
    case 'limit':
      return `Limit ${plan.count ?? 'all'}${plan.offset > 0 ? `, offset ${plan.offset}` : ''}`
    case 'union':
      return `Union ${list(plan.output)}`
    case 'window':
      return `Window ${named(plan.functions)}, ${expressions(plan.partitionBy)}, [${plan.orderBy.map(orderText).join(', ')}]`
    case 'generate':
      return `Generate ${expressionText(plan.generator)}, ${plan.outer}, ${list(plan.generated)}`
    case 'sample':
      return `Sample ${plan.fraction}, ${plan.withReplacement}, ${plan.seed}`
    case 'repartition':
      return `Repartition ${plan.how}${plan.partitions === undefined ? '' : ` ${plan.partitions}`}, [${plan.by.map(orderText).join(', ')}]`
    case 'map-batches':
      return `MapBatches ${plan.id}, ${list(plan.output)}`
    case 'stage-input':
      return `StageInput ${plan.name} ${list(plan.output)}`
  }
}

const orderText = ({ expression, descending, nullsFirst }: SortOrder): string =>
  `${expressionText(expression)} ${descending ? 'DESC' : 'ASC'} NULLS ${nullsFirst ? 'FIRST' : 'LAST'}`

const INFIX = new Set(['+', '-', '*', '/', '%', '&', '|', '^', '=', '<=>', '<', '<=', '>', '>=', 'div', 'and', 'or'])

/** An expression as printed plans have it. */
export const expressionText = (expression: Expression): string => {
  switch (expression.kind) {
    case 'attribute':
      return attributeText(expression)
    case 'literal':
      return literalText(expression.value, expression.type.kind === 'decimal' ? expression.type.scale : undefined)
    case 'call':
      if (INFIX.has(expression.name) && expression.args.length === 2) {
        const word =
          expression.name === 'and' || expression.name === 'or' ? expression.name.toUpperCase() : expression.name
        return `(${expressionText(expression.args[0]!)} ${word} ${expressionText(expression.args[1]!)})`
      }
      return `${expression.name}(${expression.args.map(expressionText).join(', ')})`
    case 'cast':
      return `${expression.mode === 'try' ? 'try_cast' : 'cast'}(${expressionText(expression.child)} as ${sqlTypeName(expression.type).toLowerCase()})`
    case 'case':
      return `CASE${expression.branches.map(({ when, then }) => ` WHEN ${expressionText(when)} THEN ${expressionText(then)}`).join('')}${expression.otherwise ? ` ELSE ${expressionText(expression.otherwise)}` : ''} END`
    case 'in':
      return `${expressionText(expression.value)} IN (${expression.list.map(expressionText).join(', ')})`
    case 'lambda':
      return `lambda(${expression.parameters.map(attributeText).join(', ')} -> ${expressionText(expression.body)})`
    case 'aggregate': {
      const order =
        expression.orderBy.length > 0 ? ` WITHIN GROUP (ORDER BY ${expression.orderBy.map(orderText).join(', ')})` : ''
      const filter = expression.filter ? ` FILTER (WHERE ${expressionText(expression.filter)})` : ''
      return `${expression.name}(${expression.distinct ? 'DISTINCT ' : ''}${expression.args.map(expressionText).join(', ')})${order}${filter}`
    }
    case 'window': {
      const { frame } = expression
      const over = frame
        ? ` ${frame.unit.toUpperCase()} BETWEEN ${boundText(frame.start)} AND ${boundText(frame.end)}`
        : ''
      return `${expressionText(expression.function)}${expression.ignoreNulls ? ' IGNORE NULLS' : ''}${over}`
    }
    case 'outer':
      return `outer(${attributeText(expression.attribute)})`
    case 'scalar-subquery':
      return `scalar-subquery#${expression.plan.output[0]?.id}`
    case 'exists':
      return 'exists(…)'
    case 'in-subquery':
      return `(${expression.values.map(expressionText).join(', ')}) IN (…)`
    case 'udf':
      return `${expression.name ?? 'UDF'}#${expression.id}(${expression.args.map(expressionText).join(', ')})`
  }
}

const boundText = (bound: FrameBound<Expression>): string => {
  const words = bound.kind.replace('-', ' ').toUpperCase()
  return 'offset' in bound ? `${expressionText(bound.offset)} ${words}` : words
}

const literalText = (value: unknown, scale: number | undefined): string => {
  if (value === null) return 'null'
  if (value instanceof Uint8Array) return `x'${Buffer.from(value).toString('hex')}'`
  if (scale === undefined || scale === 0) return String(value)
  const digits = String(value)
    .replace('-', '')
    .padStart(scale + 1, '0')
  return `${String(value).startsWith('-') ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`
}
