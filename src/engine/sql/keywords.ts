import type { TokenCursor } from './token-cursor.ts'

/**
 * Spark reserves next to nothing by default; its parser finds out by trying. These sets say where a word is a keyword
 * although it could be a name; in backticks every word is a name.
 */

const AFTER_QUERY_PART = [
  ...['FROM', 'WHERE', 'GROUP', 'HAVING', 'ORDER', 'SORT', 'CLUSTER', 'DISTRIBUTE', 'LIMIT', 'OFFSET', 'WINDOW'],
  ...['UNION', 'INTERSECT', 'EXCEPT', 'MINUS', 'SETMINUS', 'LATERAL', 'AS', 'FOR'],
]

/** What can not be the name of a column where an expression is expected. */
const NO_COLUMN = new Set([
  ...[
    'SELECT',
    'FROM',
    'WHERE',
    'HAVING',
    'JOIN',
    'ON',
    'UNION',
    'INTERSECT',
    'EXCEPT',
    'AND',
    'OR',
    'NOT',
    'AS',
    'BY',
  ],
  ...['THEN', 'WHEN', 'ELSE', 'IN', 'BETWEEN', 'LIKE', 'IS', 'USING', 'DISTINCT'],
])

/** What ends an expression in a list and is no alias without AS. */
const NO_ALIAS = new Set([
  ...AFTER_QUERY_PART,
  ...['AND', 'OR', 'NOT', 'IN', 'BETWEEN', 'LIKE', 'ILIKE', 'RLIKE', 'REGEXP', 'IS', 'DIV', 'ON', 'USING', 'JOIN'],
  ...['THEN', 'WHEN', 'ELSE', 'END', 'FILTER', 'OVER', 'ASC', 'DESC', 'NULLS', 'PIVOT', 'UNPIVOT', 'BY', 'COLLATE'],
  'SELECT',
])

/** What follows a table and is no alias without AS. */
const NO_TABLE_ALIAS = new Set([
  ...AFTER_QUERY_PART,
  ...['ANTI', 'CROSS', 'FULL', 'INNER', 'JOIN', 'LEFT', 'NATURAL', 'ON', 'RIGHT', 'SEMI', 'USING', 'PIVOT', 'UNPIVOT'],
  ...['TABLESAMPLE', 'SELECT', 'INSERT', 'WITH', 'VERSION', 'SYSTEM_VERSION', 'SET', 'WATERMARK', 'WHEN', 'BY'],
])

/** Joins and set operations: never the alias of a table, even after AS. */
const STRICT = new Set([
  ...['ANTI', 'CROSS', 'EXCEPT', 'FULL', 'INNER', 'INTERSECT', 'JOIN', 'LATERAL', 'LEFT', 'NATURAL', 'ON', 'RIGHT'],
  ...['SEMI', 'SETMINUS', 'UNION', 'USING'],
])

/** Words that may open a clause, but are names when what follows can not belong to that clause. */
const SOFT = new Set(['LIMIT', 'OFFSET', 'WINDOW', 'SORT', 'CLUSTER', 'DISTRIBUTE', 'MINUS', 'PIVOT', 'UNPIVOT', 'FOR'])

export const startsColumn = (cursor: TokenCursor): boolean => {
  const token = cursor.peek()
  if (token.kind === 'quoted') return true
  if (token.kind !== 'word' || NO_COLUMN.has(token.value)) return false
  return !((token.value === 'GROUP' || token.value === 'ORDER') && cursor.isWord('BY', 1))
}

/** Whether the next token is an alias of the expression before it. */
export const startsAlias = (cursor: TokenCursor): boolean => {
  const token = cursor.peek()
  if (token.kind === 'quoted') return true
  if (token.kind !== 'word') return false
  if (!NO_ALIAS.has(token.value)) return true
  return SOFT.has(token.value) && (cursor.isSymbol(',', 1) || cursor.isWord('FROM', 1))
}

/** Whether the next token is an alias of the table before it; `explicit`: after AS. */
export const startsTableAlias = (cursor: TokenCursor, explicit: boolean): boolean => {
  const token = cursor.peek()
  if (token.kind === 'quoted') return true
  return token.kind === 'word' && !(explicit ? STRICT : NO_TABLE_ALIAS).has(token.value)
}

const AFTER_QUERY = new Set([
  ...['ORDER', 'SORT', 'CLUSTER', 'DISTRIBUTE', 'WINDOW', 'LIMIT', 'OFFSET', 'UNION', 'INTERSECT', 'EXCEPT', 'MINUS'],
  'SETMINUS',
])

const VALUES_OPENERS = new Set(['number', 'string', 'quoted', 'word'])

/** Whether a query begins at the token `index`. */
const queryWordAt = (cursor: TokenCursor, index: number): boolean => {
  const token = cursor.at(index)
  if (token.kind !== 'word') return false
  const next = cursor.at(index + 1)
  switch (token.value) {
    case 'SELECT':
    case 'FROM':
      return true
    case 'WITH':
      return next.kind === 'word' || next.kind === 'quoted'
    case 'TABLE':
      return next.kind === 'word' || next.kind === 'quoted'
    case 'VALUES':
      return next.value === '(' || VALUES_OPENERS.has(next.kind) || next.value === '-' || next.value === '+'
    default:
      return false
  }
}

/** Whether the parenthesis at `index` encloses a query, and not an expression or a join. */
export const enclosesQuery = (cursor: TokenCursor, index = cursor.position): boolean => {
  // From the innermost of the parentheses that open here outwards.
  let inner = index
  while (cursor.at(inner + 1).kind === 'symbol' && cursor.at(inner + 1).value === '(') inner++
  let query = queryWordAt(cursor, inner + 1)
  for (let level = inner - 1; query && level >= index; level--) {
    const closing = cursor.closingOf(level + 1)
    if (closing === undefined) return false
    const after = cursor.at(closing + 1)
    query =
      closing + 1 === cursor.closingOf(level) ||
      (after.kind === 'symbol' && after.value === '|>') ||
      (after.kind === 'word' && AFTER_QUERY.has(after.value))
  }
  return query
}

/** Whether a query begins with the next token. */
export const startsQuery = (cursor: TokenCursor): boolean =>
  cursor.isSymbol('(') ? enclosesQuery(cursor) : queryWordAt(cursor, cursor.position)
