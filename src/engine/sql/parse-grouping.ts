import type { ParserContext } from './parser-context.ts'
import type { ExpressionSyntax, GroupBySyntax } from './syntax.ts'
import { syntaxKey } from './syntax-key.ts'

/** Sets of indexes into the expressions of a GROUP BY. */
type Sets = readonly (readonly number[])[]

/** CUBE over more than this many columns would be a query that nobody waits for. */
const MAX_SETS = 4096

interface Grouping {
  readonly context: ParserContext
  /** The index of an expression, the same for the same expression. */
  readonly indexOf: (expression: ExpressionSyntax) => number
}

const union = (sets: readonly (readonly number[])[]): readonly number[] => [...new Set(sets.flat())]

/** (a), (a, b), (a), () */
const rollupSets = (columns: Sets): Sets =>
  Array.from({ length: columns.length + 1 }, (_, i) => union(columns.slice(0, columns.length - i)))

const cubeSets = (columns: Sets): Sets => {
  const [column, ...others] = columns
  if (column === undefined) return [[]]
  const rest = cubeSets(others)
  return rest.map((set) => union([column, set])).concat(rest)
}

const product = (left: Sets, right: Sets): Sets => left.flatMap((a) => right.map((b) => union([a, b])))

/** `a`, `(a, b)` or `()`, as one set. */
const groupingSet = ({ context, indexOf }: Grouping): readonly number[] => {
  const { cursor, expression } = context
  const closing = cursor.isSymbol('(') ? cursor.closingOf(cursor.position) : undefined
  const after = closing === undefined ? undefined : cursor.at(closing + 1).value
  if (after !== ',' && after !== ')') return [indexOf(expression())]
  cursor.expectSymbol('(')
  if (cursor.takeSymbol(')')) return []
  const set = cursor.list(() => indexOf(expression()))
  cursor.expectSymbol(')')
  return union([set])
}

/** `(set, set …)` */
const setList = (grouping: Grouping): Sets => {
  const { cursor } = grouping.context
  cursor.expectSymbol('(')
  const sets = cursor.list(() => groupingSet(grouping))
  cursor.expectSymbol(')')
  return sets
}

/** ROLLUP(…), CUBE(…), GROUPING SETS(…); undefined: something else comes next. */
const analytics = (grouping: Grouping): Sets | undefined => {
  const { cursor } = grouping.context
  const rollup = cursor.isWord('ROLLUP') && cursor.isSymbol('(', 1)
  if (rollup || (cursor.isWord('CUBE') && cursor.isSymbol('(', 1))) {
    cursor.next()
    const columns = setList(grouping)
    if (!rollup && columns.length > 12) throw cursor.refuse('A CUBE of more than 12 columns', 'say GROUPING SETS')
    return rollup ? rollupSets(columns) : cubeSets(columns)
  }
  if (!cursor.isWord('GROUPING') || !cursor.isWord('SETS', 1)) return undefined
  cursor.takeWords('GROUPING', 'SETS')
  cursor.expectSymbol('(')
  const sets = cursor.list(() => analytics(grouping) ?? [groupingSet(grouping)])
  cursor.expectSymbol(')')
  return sets.flat()
}

/** What follows GROUP BY. */
export const groupBy = (context: ParserContext): GroupBySyntax => {
  const { cursor, expression } = context
  if (cursor.isWord('ALL') && !cursor.isSymbol('.', 1) && !cursor.isSymbol(',', 1)) {
    cursor.next()
    return { all: true, expressions: [] }
  }
  const expressions: ExpressionSyntax[] = []
  const indexes = new Map<string, number>()
  const indexOf = (value: ExpressionSyntax): number => {
    const key = syntaxKey(value)
    const known = indexes.get(key)
    if (known !== undefined) return known
    indexes.set(key, expressions.length)
    return expressions.push(value) - 1
  }
  const grouping: Grouping = { context, indexOf }
  let special = false
  const elements = cursor.list((): Sets => {
    const sets = analytics(grouping)
    if (sets === undefined) return [[indexOf(expression())]]
    special = true
    return sets
  })
  if (!special && (cursor.isWord('ROLLUP', 1) || cursor.isWord('CUBE', 1)) && cursor.takeWords('WITH')) {
    const columns = expressions.map((_, i) => [i])
    const sets = cursor.next().value === 'ROLLUP' ? rollupSets(columns) : cubeSets(columns)
    return { all: false, expressions, sets }
  }
  if (!special) {
    const sets = analytics(grouping)
    return { all: false, expressions, ...(sets === undefined ? {} : { sets }) }
  }
  const sets = elements.reduce(product)
  if (sets.length > MAX_SETS)
    throw cursor.refuse(`A GROUP BY of ${sets.length} grouping sets`, 'group by fewer columns')
  return { all: false, expressions, sets }
}
