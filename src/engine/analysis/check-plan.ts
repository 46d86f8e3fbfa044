import type { Attribute, Expression } from '../plan/expression.ts'
import { childrenOf, subqueryOf } from '../plan/expression-tree.ts'
import type { LogicalPlan } from '../plan/logical-plan.ts'
import { expressionsOf, inputsOf } from '../plan/plan-shape.ts'
import { sameType } from '../types/same-type.ts'
import { sqlTypeName } from '../types/type-name.ts'

/** The plan breaks a rule that every plan keeps: a fault of ours, not of the query. */
export class PlanError extends Error {
  override readonly name = 'PlanError'
}

/**
 * Throws PlanError unless each column that is used comes from an input, no id is made twice, the inputs of a union have
 * the same types, conditions are boolean, aggregates, windows and generators stand in their nodes only, and no correlated
 * subquery is left. One pass over the plan.
 */
export const checkPlan = (plan: LogicalPlan): void => {
  checkNode(plan, new Map())
}

/** The node that made each id. */
type Makers = Map<number, LogicalPlan>

const checkNode = (node: LogicalPlan, makers: Makers): void => {
  const inputs = inputsOf(node)
  for (const input of inputs) checkNode(input, makers)
  const given = new Map(inputs.flatMap((input) => input.output.map((one) => [one.id, one] as const)))
  const fail = (message: string): never => {
    throw new PlanError(`${node.kind}: ${message}`)
  }
  for (const expression of expressionsOf(node)) checkExpression(expression, node, given, makers, fail)
  checkOutput(node, given, makers, fail)
  checkKind(node, fail)
}

type Fail = (message: string) => never

const checkOutput = (node: LogicalPlan, given: ReadonlyMap<number, Attribute>, makers: Makers, fail: Fail): void => {
  const ids = new Set<number>()
  const replaces = node.kind === 'union' || node.kind === 'map-batches' || node.kind === 'expand'
  for (const attribute of node.output) {
    if (ids.has(attribute.id)) fail(`gives ${text(attribute)} twice`)
    ids.add(attribute.id)
    const below = given.get(attribute.id)
    if (below && node.kind !== 'union') {
      if (!sameType(below.type, attribute.type)) fail(`${text(attribute)} is "${sqlTypeName(below.type)}" below`)
      continue
    }
    if (!makes(node, attribute.id) && !replaces) fail(`gives ${text(attribute)}, which no input has`)
    const maker = makers.get(attribute.id)
    if (maker && maker !== node) fail(`makes ${text(attribute)}, which a ${maker.kind} makes too`)
    makers.set(attribute.id, node)
  }
}

const makes = (node: LogicalPlan, id: number): boolean => {
  switch (node.kind) {
    case 'scan':
    case 'range':
    case 'values':
    case 'stage-input':
      return true
    case 'project':
      return node.items.some(({ attribute }) => attribute.id === id)
    case 'aggregate':
      return [...node.groups, ...node.aggregates].some(({ attribute }) => attribute.id === id)
    case 'window':
      return node.functions.some(({ attribute }) => attribute.id === id)
    case 'generate':
      return node.generated.some((attribute) => attribute.id === id)
    default:
      return false
  }
}

const sameOutput = (node: LogicalPlan, expected: readonly Attribute[], fail: Fail): void => {
  if (node.output.length !== expected.length || node.output.some(({ id }, index) => id !== expected[index]!.id))
    fail(`gives [${node.output.map(text)}] instead of [${expected.map(text)}]`)
}

const checkKind = (node: LogicalPlan, fail: Fail): void => {
  switch (node.kind) {
    case 'scan':
      if (node.columns.length !== node.output.length) fail('has other columns than its output')
      break
    case 'values':
      for (const row of node.rows) checkRow(row, node.output, fail)
      break
    case 'project':
      sameOutput(
        node,
        node.items.map(({ attribute }) => attribute),
        fail,
      )
      for (const { attribute, expression } of node.items) checkNamed(attribute, expression, fail)
      break
    case 'filter':
      sameOutput(node, node.input.output, fail)
      isBoolean(node.condition, fail)
      break
    case 'aggregate':
      sameOutput(
        node,
        [...node.groups, ...node.aggregates].map(({ attribute }) => attribute),
        fail,
      )
      for (const { attribute, expression } of node.groups) checkNamed(attribute, expression, fail)
      for (const { attribute, expression } of node.aggregates) {
        checkNamed(attribute, expression, fail)
        if (expression.kind !== 'aggregate') fail(`${text(attribute)} is no aggregate`)
      }
      break
    case 'expand':
      for (const row of node.projections) checkRow(row, node.output, fail)
      break
    case 'join':
      sameOutput(
        node,
        node.how === 'semi' || node.how === 'anti' || node.how === 'null-aware-anti'
          ? node.left.output
          : [...node.left.output, ...node.right.output],
        fail,
      )
      if (node.condition) isBoolean(node.condition, fail)
      else if (node.how === 'null-aware-anti') fail('a null-aware anti join needs a condition')
      break
    case 'union':
      for (const input of node.inputs) checkRow(input.output, node.output, fail)
      break
    case 'window':
      sameOutput(node, [...node.input.output, ...node.functions.map(({ attribute }) => attribute)], fail)
      for (const { attribute, expression } of node.functions) {
        checkNamed(attribute, expression, fail)
        if (expression.kind !== 'window') fail(`${text(attribute)} is no window function`)
      }
      break
    case 'generate':
      sameOutput(node, [...node.input.output, ...node.generated], fail)
      break
    case 'sort':
    case 'limit':
    case 'sample':
    case 'repartition':
      sameOutput(node, node.input.output, fail)
      break
    case 'range':
    case 'map-batches':
    case 'stage-input':
      break
  }
}

const checkRow = (row: readonly Expression[], output: readonly Attribute[], fail: Fail): void => {
  if (row.length !== output.length) fail(`has a row of ${row.length} values for ${output.length} columns`)
  for (const [index, value] of row.entries()) checkNamed(output[index]!, value, fail)
}

const checkNamed = (attribute: Attribute, expression: Expression, fail: Fail): void => {
  if (!sameType(attribute.type, expression.type))
    fail(`${text(attribute)} is "${sqlTypeName(attribute.type)}", its value "${sqlTypeName(expression.type)}"`)
}

const isBoolean = (condition: Expression, fail: Fail): void => {
  if (condition.type.kind !== 'boolean') fail(`its condition is "${sqlTypeName(condition.type)}"`)
}

const checkExpression = (
  expression: Expression,
  node: LogicalPlan,
  given: ReadonlyMap<number, Attribute>,
  makers: Makers,
  fail: Fail,
): void => {
  const visit = (inner: Expression, bound: ReadonlySet<number>, parent: Expression | undefined): void => {
    switch (inner.kind) {
      case 'attribute': {
        if (bound.has(inner.id)) return
        const known =
          given.get(inner.id) ?? (node.kind === 'scan' ? node.output.find(({ id }) => id === inner.id) : undefined)
        if (!known) {
          fail(`uses ${text(inner)}, which no input gives`)
          return
        }
        if (!sameType(known.type, inner.type))
          fail(`uses ${text(inner)} as "${sqlTypeName(inner.type)}", it is "${sqlTypeName(known.type)}"`)
        return
      }
      case 'outer':
        fail(`still names ${text(inner.attribute)} of an outer query`)
        break
      case 'exists':
      case 'in-subquery':
        fail(`still holds ${inner.kind}`)
        break
      case 'scalar-subquery':
        if (inner.plan.output.length !== 1) fail('a scalar subquery has several columns')
        break
      case 'aggregate':
        if (!(node.kind === 'aggregate' && !parent) && !(node.kind === 'window' && parent?.kind === 'window'))
          fail(`has the aggregate ${inner.name} where none may be`)
        break
      case 'window':
        if (node.kind !== 'window' || parent) fail('has a window function where none may be')
        break
    }
    const plan = subqueryOf(inner)
    if (plan) checkNode(plan, makers)
    const below = inner.kind === 'lambda' ? new Set([...bound, ...inner.parameters.map(({ id }) => id)]) : bound
    for (const child of childrenOf(inner)) visit(child, below, inner)
  }
  visit(expression, new Set(), undefined)
}

const text = ({ name, id }: Attribute): string => `${name}#${id}`
