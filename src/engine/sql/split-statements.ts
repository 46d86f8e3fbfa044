import { endOfQuoted, skipTrivia } from './lexer.ts'
import type { Span } from './sql-error.ts'

const QUOTES = new Set(["'", '"', '`'])

/**
 * The statements of a script: what lies between semicolons that stand outside of strings, names and comments, without
 * the spaces and comments around it. Empty ones are left out. An unclosed string reaches to the end; the parser says so.
 */
export const splitStatements = (text: string): readonly Span[] => {
  const spans: Span[] = []
  let start = skipTrivia(text, 0, text.length)
  let end = start
  let at = start
  const close = (): void => {
    if (end > start) spans.push({ start, end })
  }
  while (at < text.length) {
    const letter = text.charAt(at)
    if (letter === ';') {
      close()
      start = skipTrivia(text, at + 1, text.length)
      end = start
      at = start
      continue
    }
    if (QUOTES.has(letter)) {
      const before = text[at - 1]
      const raw = (before === 'r' || before === 'R') && letter !== '`' && !/[\p{L}\p{N}_]/u.test(text[at - 2] ?? ' ')
      at = endOfQuoted(text, at, text.length, raw) ?? text.length
    } else if (text.startsWith('/*+', at)) {
      at += 3
    } else {
      at += 1
    }
    end = at
    at = skipTrivia(text, at, text.length)
  }
  close()
  return spans
}
