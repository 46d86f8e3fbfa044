import type { Token } from './lexer.ts'

const KEYWORDS = [
  ...['SELECT', 'DISTINCT', 'FROM', 'WHERE', 'GROUP', 'HAVING', 'ORDER', 'LIMIT', 'OFFSET', 'WINDOW', 'VALUES', 'WITH'],
  ...['UNION', 'INTERSECT', 'EXCEPT', 'JOIN', 'INNER', 'CROSS', 'LEFT', 'RIGHT', 'FULL', 'OUTER', 'NATURAL', 'USING'],
  ...['LATERAL', 'VIEW', 'PIVOT', 'UNPIVOT', 'TABLESAMPLE', 'DISTRIBUTE', 'CLUSTER', 'SORT', 'BETWEEN', 'LIKE', 'CASE'],
  ...['WHEN', 'THEN', 'ELSE', 'PARTITION', 'ROWS', 'RANGE', 'PRECEDING', 'FOLLOWING', 'UNBOUNDED', 'CURRENT', 'TABLE'],
  ...['CREATE', 'REPLACE', 'TEMPORARY', 'INSERT', 'INTO', 'OVERWRITE', 'DIRECTORY', 'OPTIONS', 'EXPLAIN', 'EXTENDED'],
  ...['FORMATTED', 'CACHE', 'UNCACHE', 'SHOW', 'TABLES', 'DESCRIBE', 'REFRESH', 'RESET', 'DROP', 'EXISTS', 'INTERVAL'],
  ...['EXTEND', 'AGGREGATE', 'RECURSIVE', 'ROLLUP', 'CUBE', 'GROUPING', 'SETS', 'FILTER', 'OVER', 'DESC', 'NULLS'],
]
const KNOWN = new Set(KEYWORDS)

/** Insertions, deletions, replacements and swaps of neighbours that make `b` of `a`. */
export const editDistance = (a: string, b: string): number => {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)]
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1
      let cost = Math.min(rows[i - 1]![j]! + 1, row[j - 1]! + 1, rows[i - 1]![j - 1]! + same)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        cost = Math.min(cost, rows[i - 2]![j - 2]! + 1)
      row.push(cost)
    }
    rows.push(row)
  }
  return rows[a.length]![b.length]!
}

/** The keyword that was probably meant by a word that is none. */
export const nearKeyword = (token: Token): { readonly word: string; readonly keyword: string } | undefined => {
  if (token.kind !== 'word' || token.value.length < 3 || KNOWN.has(token.value)) return undefined
  const limit = token.value.length >= 6 ? 2 : 1
  let best: string | undefined
  let bestCost = limit + 1
  for (const keyword of KEYWORDS) {
    if (Math.abs(keyword.length - token.value.length) > limit) continue
    const cost = editDistance(token.value, keyword)
    if (cost < bestCost) {
      best = keyword
      bestCost = cost
    }
  }
  return best === undefined ? undefined : { word: token.text, keyword: best }
}
