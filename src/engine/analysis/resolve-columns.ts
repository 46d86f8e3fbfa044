import type { Attribute, Expression, Named } from '../plan/expression.ts'
import type { LogicalPlan } from '../plan/logical-plan.ts'
import { SqlError } from '../sql/sql-error.ts'
import type { PlanSyntax } from '../sql/syntax.ts'
import type { Analysis, Analyzed, Column, ExpressionContext, PlanScope } from './analyzed.ts'
import { distinct, filter, pass, predicate, project } from './build-plan.ts'
import { rowContext } from './expression-context.ts'
import { levelOf } from './levels.ts'
import { attributesOf, findColumn, sameName, unresolvedColumn } from './names.ts'
import { visible } from './resolve-leaves.ts'
import { numbered } from './row-number.ts'
import { generatorOf, resolveGenerator } from './select-items.ts'
import { withGenerators, withWindows } from './select-nodes.ts'
import { selectParts } from './select-parts.ts'

type Of<K extends PlanSyntax['kind']> = PlanSyntax & { readonly kind: K }

/** withColumns: new columns behind, or in the place of those with the same name. Window functions may be among them. */
export const resolveWithColumns = (analysis: Analysis, syntax: Of<'with-columns'>, scope: PlanScope): Analyzed => {
  const { newId, settings } = analysis.context
  const input = analysis.plan(syntax.input, scope)
  const parts = selectParts(newId, () => false)
  const level = levelOf(analysis, [input], scope.outer)
  const context: ExpressionContext = { ...rowContext(analysis, scope, level, 'withColumn'), window: parts.window }
  const generators: Parameters<typeof withGenerators>[1][number][] = []
  const made = syntax.columns.map(({ name, expression }): Named => {
    const call = generatorOf(expression)
    if (call) {
      const generator = resolveGenerator(call, [name], false, context)
      generators.push({ name, alias: name, expression: generator.generated[0]!, at: expression.at, generator })
      return pass(generator.generated[0]!)
    }
    const value = analysis.expression(expression, context)
    return {
      attribute: { kind: 'attribute', id: newId(), name, type: value.type, nullable: value.nullable },
      expression: value,
    }
  })
  const replaces = (column: Column) =>
    made.find(({ attribute }) => sameName(attribute.name, column.attribute.name, settings.caseSensitive))
  const kept = input.columns.map((column) => {
    const replaced = replaces(column)
    return replaced ? { attribute: replaced.attribute, qualifier: [] } : column
  })
  const added = made.filter(({ attribute }) => !kept.some((column) => column.attribute === attribute))
  const columns: readonly Column[] = [...kept, ...added.map(({ attribute }) => ({ attribute, qualifier: [] }))]
  const below = withGenerators(
    withWindows(input.plan, parts.windows(), (one) => one),
    generators,
    (one) => one,
  )
  const ids = new Set(below.output.map(({ id }) => id))
  const items = columns.map(
    ({ attribute }): Named => made.find((one) => one.attribute === attribute) ?? pass(attribute),
  )
  const plan = project(below, uniqueItems(analysis, items))
  return {
    ...input,
    syntax,
    plan,
    columns: columns.map((column, index) => ({ ...column, attribute: plan.output[index]! })),
    hidden: input.hidden.filter(
      ({ attribute }) => ids.has(attribute.id) && plan.output.some(({ id }) => id === attribute.id),
    ),
    inputs: [input],
  }
}

/** Two columns with one name that a single new one replaces would share its id. */
const uniqueItems = (analysis: Analysis, items: readonly Named[]): readonly Named[] => {
  const seen = new Set<number>()
  return items.map((item) => {
    if (!seen.has(item.attribute.id)) {
      seen.add(item.attribute.id)
      return item
    }
    return { ...item, attribute: { ...item.attribute, id: analysis.context.newId() } }
  })
}

const renamed = (
  syntax: PlanSyntax,
  input: Analyzed,
  names: readonly (string | undefined)[],
  analysis: Analysis,
): Analyzed => {
  const items = input.columns.map(({ attribute }, index): Named => {
    const name = names[index]
    return name === undefined || name === attribute.name
      ? pass(attribute)
      : { attribute: { ...attribute, id: analysis.context.newId(), name }, expression: attribute }
  })
  const plan = project(input.plan, items)
  const columns = input.columns.map((column, index): Column => {
    const attribute = plan.output[index]!
    return attribute.id === column.attribute.id ? column : { attribute, qualifier: column.qualifier }
  })
  return { ...input, syntax, plan, columns, hidden: [], inputs: [input] }
}

/** withColumnsRenamed: names that are not there are left aside, as in Spark. */
export const resolveRename = (analysis: Analysis, syntax: Of<'rename'>, scope: PlanScope): Analyzed => {
  const input = analysis.plan(syntax.input, scope)
  const { caseSensitive } = analysis.context.settings
  const names = input.columns.map(
    ({ attribute }) =>
      Object.entries(syntax.names).find(([from]) => sameName(from, attribute.name, caseSensitive))?.[1],
  )
  return renamed(syntax, input, names, analysis)
}

export const resolveRenameAll = (analysis: Analysis, syntax: Of<'rename-all'>, scope: PlanScope): Analyzed => {
  const input = analysis.plan(syntax.input, scope)
  if (syntax.names.length !== input.columns.length)
    throw new SqlError(
      'NUM_COLUMNS_MISMATCH',
      `toDF was given ${syntax.names.length} names, but there are ${input.columns.length} columns`,
      syntax.at,
    )
  return renamed(syntax, input, syntax.names, analysis)
}

/** drop: names that are not there are left aside, as in Spark. */
export const resolveDrop = (analysis: Analysis, syntax: Of<'drop'>, scope: PlanScope): Analyzed => {
  const input = analysis.plan(syntax.input, scope)
  const level = levelOf(analysis, [input], undefined)
  const dropped = new Set<number>()
  for (const column of syntax.columns) {
    if (column.kind !== 'name')
      throw new SqlError('UNSUPPORTED_FEATURE', 'drop takes columns, not expressions', column.at)
    if (column.of) {
      const found = level.find(column.parts, column.of, column.at)
      if (found?.kind === 'attribute') dropped.add(found.id)
    } else if (column.parts.length === 1) {
      for (const { attribute } of input.columns)
        if (sameName(attribute.name, column.parts[0]!, analysis.context.settings.caseSensitive))
          dropped.add(attribute.id)
    } else {
      const found = findColumn(input.columns, [], column.parts, analysis.context.settings.caseSensitive, column.at)
      if (found && found.fields.length === 0) dropped.add(found.column.attribute.id)
    }
  }
  const columns = input.columns.filter(({ attribute }) => !dropped.has(attribute.id))
  if (columns.length === input.columns.length) return { ...input, syntax, inputs: [input] }
  const plan = project(input.plan, attributesOf(columns).map(pass))
  return { ...input, syntax, plan, columns, hidden: [], inputs: [input] }
}

/** dropDuplicates: one row for each value of the columns; which one, is not said. */
export const resolveDeduplicate = (analysis: Analysis, syntax: Of<'deduplicate'>, scope: PlanScope): Analyzed => {
  const input = analysis.plan(syntax.input, scope)
  const below = visible(input)
  if (!syntax.columns) return { ...input, syntax, plan: distinct(below), hidden: [], inputs: [input] }
  const { caseSensitive } = analysis.context.settings
  const keys = new Map<number, Attribute>()
  for (const name of syntax.columns) {
    const found = input.columns.filter(({ attribute }) => sameName(attribute.name, name, caseSensitive))
    if (found.length === 0) throw unresolvedColumn([name], input.columns, syntax.at)
    for (const { attribute } of found) keys.set(attribute.id, attribute)
  }
  if (below.output.every(({ id }) => keys.has(id)))
    return { ...input, syntax, plan: distinct(below), hidden: [], inputs: [input] }
  return { ...input, syntax, plan: firstOfEach(analysis, below, [...keys.values()]), hidden: [], inputs: [input] }
}

/** One whole row of each group. */
const firstOfEach = (analysis: Analysis, below: LogicalPlan, keys: readonly Attribute[]): LogicalPlan => {
  const ranked = numbered(below, analysis.context.newId, keys)
  const one: Expression = { kind: 'literal', value: 1, type: { kind: 'integer' }, nullable: false }
  return project(filter(ranked, predicate('=', ranked.output.at(-1)!, one)), below.output.map(pass))
}
