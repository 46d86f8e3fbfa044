import { SqlError } from './sql-error.ts'
import type { TokenCursor } from './token-cursor.ts'

const key = (cursor: TokenCursor): string => {
  if (cursor.peek().kind === 'string') return cursor.next().value
  const parts = [cursor.expectName('a key')]
  while (cursor.takeSymbol('.')) parts.push(cursor.expectName('the rest of the key'))
  return parts.join('.')
}

const value = (cursor: TokenCursor): string => {
  const token = cursor.peek()
  if (token.kind === 'string') return cursor.expectString()
  if (token.kind === 'word' && (token.value === 'TRUE' || token.value === 'FALSE')) {
    return cursor.next().value.toLowerCase()
  }
  const sign = cursor.takeSymbol('-') ? '-' : ''
  if (cursor.peek().kind !== 'number') throw cursor.unexpected('a string, a number, TRUE or FALSE')
  return `${sign}${cursor.next().text}`
}

/** `(key = 'value', a.b 'value', n = 1)` */
export const properties = (cursor: TokenCursor): Readonly<Record<string, string>> => {
  cursor.expectSymbol('(')
  const seen = new Set<string>()
  const entries = cursor.list((): [string, string] => {
    const from = cursor.position
    const name = key(cursor)
    if (seen.has(name.toLowerCase())) {
      throw new SqlError('DUPLICATE_KEY', `The key ${name} is there twice; leave one.`, cursor.spanFrom(from))
    }
    seen.add(name.toLowerCase())
    if (!cursor.takeSymbol('=')) cursor.takeSymbol('==')
    return [name, value(cursor)]
  })
  cursor.expectSymbol(')')
  return Object.fromEntries(entries)
}
