import { namedExpression } from './parse-function.ts'
import { groupBy } from './parse-grouping.ts'
import { fromRelations, lateralViews } from './parse-relation.ts'
import { windowSpec } from './parse-window.ts'
import type { ParserContext } from './parser-context.ts'
import type { ExpressionSyntax, LateralViewSyntax, PlanSyntax, WindowSyntax } from './syntax.ts'

interface Hint {
  readonly name: string
  readonly args: readonly ExpressionSyntax[]
}

interface From {
  readonly plan: PlanSyntax
  readonly views: readonly LateralViewSyntax[]
}

const hints = ({ cursor, value }: ParserContext): readonly Hint[] => {
  const found: Hint[] = []
  while (cursor.takeSymbol('/*+')) {
    do {
      const name = cursor.expectName('a hint').toUpperCase()
      let args: readonly ExpressionSyntax[] = []
      if (cursor.takeSymbol('(')) {
        args = cursor.isSymbol(')') ? [] : cursor.list(value)
        cursor.expectSymbol(')')
      }
      found.push({ name, args })
      cursor.takeSymbol(',')
    } while (!cursor.takeSymbol('*/'))
  }
  return found
}

/** WINDOW w AS (…), v AS (…); absent: none. */
export const windowClause = (context: ParserContext): Readonly<Record<string, WindowSyntax>> => {
  const { cursor } = context
  if (!cursor.takeWords('WINDOW')) return {}
  const seen = new Set<string>()
  return Object.fromEntries(
    cursor.list((): [string, WindowSyntax] => {
      const name = cursor.expectName('a name for the window')
      if (seen.has(name.toLowerCase())) {
        throw cursor.error('PARSE_SYNTAX_ERROR', `The window ${name} is defined twice; leave one.`)
      }
      seen.add(name.toLowerCase())
      cursor.expectWord('AS')
      return [name, windowSpec(context)]
    }),
  )
}

/** FROM and the lateral views after it. */
export const fromClause = (context: ParserContext): From => {
  context.cursor.expectWord('FROM')
  const plan = fromRelations(context)
  return { plan, views: lateralViews(context) }
}

/** SELECT TRANSFORM (…) USING 'command'; transform(list, x -> …) is a function like others. */
const refuseScript = ({ cursor }: ParserContext): void => {
  const closing = cursor.closingOf(cursor.position + 1)
  const after = closing === undefined ? undefined : cursor.at(closing + 1)
  if (after?.kind === 'word' && ['USING', 'ROW', 'RECORDWRITER'].includes(after.value)) {
    throw cursor.refuse('SELECT TRANSFORM', 'use a function of the program')
  }
}

/** From SELECT to HAVING and WINDOW. `given`: what a FROM before the SELECT, or a pipe, holds. */
export const selectCore = (context: ParserContext, given?: From, from = context.cursor.position): PlanSyntax => {
  const { cursor, expression } = context
  cursor.expectWord('SELECT')
  const outer = hints(context)
  const distinct = cursor.takeWords('DISTINCT')
  if (!distinct && cursor.isWord('ALL') && !cursor.isSymbol(',', 1) && !cursor.isWord('FROM', 1)) cursor.next()
  if (cursor.isWord('TRANSFORM') && cursor.isSymbol('(', 1)) refuseScript(context)
  const items = cursor.list(() => namedExpression(context))
  const source = given ?? (cursor.isWord('FROM') ? fromClause(context) : undefined)
  const views = [...(source?.views ?? []), ...lateralViews(context)]
  const where = cursor.takeWords('WHERE') ? expression() : undefined
  const grouped = cursor.takeWords('GROUP')
  if (grouped) cursor.expectWord('BY')
  const groups = grouped ? groupBy(context) : undefined
  const having = cursor.takeWords('HAVING') ? expression() : undefined
  const windows = windowClause(context)
  const select: PlanSyntax = {
    kind: 'select',
    items,
    distinct,
    ...(source === undefined ? {} : { from: source.plan }),
    lateralViews: views,
    ...(where === undefined ? {} : { where }),
    ...(groups === undefined ? {} : { groupBy: groups }),
    ...(having === undefined ? {} : { having }),
    windows,
    at: cursor.spanFrom(from),
  }
  return outer.reduceRight<PlanSyntax>(
    (input, { name, args }) => ({ kind: 'hint', input, name, args, at: input.at ?? cursor.spanFrom(from) }),
    select,
  )
}

/** `SELECT *` of it, where lateral views follow a FROM without SELECT. */
export const selectAll = ({ plan, views }: From): PlanSyntax =>
  views.length === 0
    ? plan
    : {
        kind: 'select',
        items: [{ kind: 'star', qualifier: [] }],
        distinct: false,
        from: plan,
        lateralViews: views,
        windows: {},
        ...(plan.at === undefined ? {} : { at: plan.at }),
      }
