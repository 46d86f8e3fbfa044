import type { ResolvedCall } from '../functions/function.ts'
import { lookupFunction } from '../functions/registry.ts'
import type { Attribute, Expression } from '../plan/expression.ts'
import { type Span, SqlError } from '../sql/sql-error.ts'
import type { ExpressionSyntax } from '../sql/syntax.ts'
import type { Column, ExpressionContext, Level } from './analyzed.ts'
import { sameEachTime } from './determinism.ts'
import { displayedName } from './displayed.ts'
import { expandStar } from './expand-star.ts'
import { sameName } from './names.ts'
import { resolveArguments } from './resolve-call.ts'

/** One column of a select list, over the columns of FROM, aggregates and windows. */
export interface Item {
  readonly name: string
  readonly alias: string | undefined
  readonly expression: Expression
  readonly at: Span | undefined
  /** The relation's column, when it came from a star. */
  readonly column?: Column
  /** Set when another item names it and its value must not be computed twice. */
  early?: Attribute
  /** Set on the first column of a generator: the node that makes the rows. */
  readonly generator?: Generator
}

export interface Generator {
  readonly call: Expression
  readonly outer: boolean
  readonly generated: readonly Attribute[]
}

/** A level where names that FROM does not have mean items of the select list. */
export const itemLevel = (level: Level, items: readonly Item[], caseSensitive: boolean): Level => ({
  ...level,
  find: (parts, of, at) => {
    const found = level.find(parts, of, at)
    if (found || of || parts.length !== 1) return found
    const item = items.find(({ alias }) => alias !== undefined && sameName(alias, parts[0]!, caseSensitive))
    return item && { ...item.expression }
  },
})

/** The select list, stars expanded, aliases of earlier items known to later ones. */
export const resolveItems = (
  context: ExpressionContext,
  syntax: readonly ExpressionSyntax[],
  aliases: WeakSet<Expression>,
): readonly Item[] => {
  const items: Item[] = []
  const level = lateralAliases(context, items, aliases)
  for (const one of syntax) {
    if (one.kind === 'star') {
      for (const { name, expression, column } of expandStar(one, context)) {
        if (one.at) context.analysis.spans.set(expression, one.at)
        items.push({ name, alias: undefined, expression, at: one.at, ...(column ? { column } : {}) })
      }
      continue
    }
    items.push(...resolveItem(one, { ...context, level }))
  }
  return items
}

const resolveItem = (syntax: ExpressionSyntax, context: ExpressionContext): readonly Item[] => {
  const child = syntax.kind === 'alias' ? syntax.child : syntax
  const names = syntax.kind === 'alias' ? syntax.names : []
  const generator = generatorOf(child)
  if (generator) return generatorItems(generator, names, context)
  if (names.length > 1)
    throw new SqlError(
      'MULTI_ALIAS_WITHOUT_GENERATOR',
      'Only a function that makes rows, like explode, can have several names',
      syntax.at,
    )
  const expression = context.analysis.expression(child, context)
  return [
    {
      name: names[0] ?? displayedName(child, expression, context),
      alias: names[0],
      expression,
      at: syntax.at ?? child.at,
    },
  ]
}

/** Source: Spark's lateral column alias: columns of FROM come first, then earlier aliases, then the enclosing query. */
const lateralAliases = (context: ExpressionContext, items: readonly Item[], aliases: WeakSet<Expression>): Level => ({
  ...context.level,
  find: (parts, of, at) => {
    const found = context.level.find(parts, of, at)
    if (found || of || parts.length !== 1) return found
    const { settings, newId } = context.analysis.context
    const named = items.filter(({ alias }) => alias !== undefined && sameName(alias, parts[0]!, settings.caseSensitive))
    if (named.length > 1)
      throw new SqlError(
        'AMBIGUOUS_LATERAL_COLUMN_ALIAS',
        `Lateral column alias \`${parts[0]}\` is ambiguous and has ${named.length} matches`,
        at,
      )
    const [item] = named
    if (!item) return undefined
    let value = item.early ?? item.expression
    if (!item.early && !sameEachTime(item.expression)) {
      const { type, nullable } = item.expression
      value = { kind: 'attribute', id: newId(), name: item.name, type, nullable }
      item.early = value
    }
    const copy = { ...value }
    aliases.add(copy)
    return copy
  },
})

interface GeneratorCall {
  readonly syntax: ExpressionSyntax & { readonly kind: 'call' }
  readonly name: string
  readonly outer: boolean
}

/** explode(…) and its kin; `explode_outer` is explode that keeps rows without any. */
export const generatorOf = (syntax: ExpressionSyntax): GeneratorCall | undefined => {
  if (syntax.kind !== 'call' || syntax.over) return undefined
  const plain = syntax.name.replace(/_outer$/, '')
  if (plain !== syntax.name && lookupFunction(plain)?.kind === 'generator') return { syntax, name: plain, outer: true }
  return lookupFunction(syntax.name)?.kind === 'generator' ? { syntax, name: syntax.name, outer: false } : undefined
}

/** The rows a generator makes, with the names given, or its own. Throws where their number does not fit. */
export const resolveGenerator = (
  { syntax, name, outer }: GeneratorCall,
  names: readonly string[],
  alwaysOuter: boolean,
  context: ExpressionContext,
): Generator => {
  const found = lookupFunction(name)!
  const resolved: ResolvedCall = resolveArguments({ ...syntax, name }, found, context)
  const columns = resolved.columns ?? []
  if (names.length > 0 && names.length !== columns.length)
    throw new SqlError(
      'UDTF_ALIAS_NUMBER_MISMATCH',
      `The number of aliases supplied in the AS clause does not match the number of columns output by ${syntax.name}: expected ${columns.length}, but got ${names.length}`,
      syntax.at,
    )
  const { newId } = context.analysis.context
  const keeps = outer || alwaysOuter
  const generated = columns.map(
    (column, index): Attribute => ({
      kind: 'attribute',
      id: newId(),
      name: names[index] ?? column.name,
      type: column.type,
      nullable: column.nullable || keeps,
    }),
  )
  const call: Expression = {
    kind: 'call',
    name: found.name,
    args: resolved.args,
    type: resolved.type,
    nullable: resolved.nullable,
  }
  return { call, outer: keeps, generated }
}

const generatorItems = (
  generator: GeneratorCall,
  names: readonly string[],
  context: ExpressionContext,
): readonly Item[] => {
  const made = resolveGenerator(generator, names, false, context)
  return made.generated.map((attribute, index) => ({
    name: attribute.name,
    alias: names[index],
    expression: { ...attribute },
    at: generator.syntax.at,
    ...(index === 0 ? { generator: made } : {}),
  }))
}
