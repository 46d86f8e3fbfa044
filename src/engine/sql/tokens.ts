export type TokenKind = 'word' | 'name' | 'backtick' | 'text' | 'number' | 'symbol' | 'comment' | 'space'

/** One lexical piece. `start` and `end` are offsets in the text; nothing is lost between tokens. */
export interface Token {
  readonly kind: TokenKind
  readonly text: string
  readonly start: number
  readonly end: number
  /** False: the text ended inside a string, a quoted name or a comment. */
  readonly closed: boolean
}

const PATTERNS: readonly (readonly [TokenKind, RegExp])[] = [
  ['space', /\s+/y],
  ['comment', /--[^\n]*/y],
  ['text', /[eE]'(?:[^'\\]|\\[\s\S]|'')*(?:'|$)/y],
  ['text', /'(?:[^']|'')*(?:'|$)/y],
  ['name', /"(?:[^"]|"")*(?:"|$)/y],
  ['backtick', /`(?:[^`]|``)*(?:`|$)/y],
  ['text', /\$([A-Za-z_]*)\$[\s\S]*?\$\1\$/y],
  ['number', /\d+(?:_\d+)*(?:\.\d+)?(?:[eE][+-]?\d+)?/y],
  ['word', /[\p{L}_][\p{L}\p{N}_$]*/uy],
]

const blockCommentEnd = (text: string, start: number): number | undefined => {
  let depth = 0
  for (let at = start; at < text.length - 1; at++) {
    const two = text.slice(at, at + 2)
    if (two === '/*') depth++
    else if (two === '*/') depth--
    else continue
    at++
    if (depth === 0) return at + 1
  }
  return undefined
}

const isClosed = (kind: TokenKind, text: string): boolean => {
  const quote = kind === 'name' ? '"' : kind === 'backtick' ? '`' : kind === 'text' && !text.startsWith('$') ? "'" : ''
  if (quote === '') return true
  return text.length > 1 && text.endsWith(quote) && (text.startsWith(quote) ? text.length >= 2 : text.length >= 3)
}

/** Cuts SQL text into tokens. Source of the lexical rules: DuckDB's (PostgreSQL's) lexer, plus Spark's backticks. */
export const tokenize = (text: string): readonly Token[] => {
  const tokens: Token[] = []
  let at = 0
  while (at < text.length) {
    const token = nextToken(text, at)
    tokens.push(token)
    at = token.end
  }
  return tokens
}

const nextToken = (text: string, start: number): Token => {
  if (text.startsWith('/*', start)) {
    const end = blockCommentEnd(text, start)
    const stop = end ?? text.length
    return { kind: 'comment', text: text.slice(start, stop), start, end: stop, closed: end !== undefined }
  }
  for (const [kind, pattern] of PATTERNS) {
    pattern.lastIndex = start
    const match = pattern.exec(text)
    if (match === null) continue
    const end = start + match[0].length
    return { kind, text: match[0], start, end, closed: isClosed(kind, match[0]) }
  }
  return { kind: 'symbol', text: text.slice(start, start + 1), start, end: start + 1, closed: true }
}

/** The value of a string constant or of a quoted name. */
export const unquote = (token: Token): string => {
  if (token.text.startsWith('$')) {
    const open = token.text.indexOf('$', 1) + 1
    return token.text.slice(open, token.text.length - open)
  }
  if (token.kind === 'text' && /^e/i.test(token.text)) return unescaped(token.text.slice(2, -1))
  const quote = token.text[0] ?? ''
  return token.kind === 'word' || token.kind === 'number'
    ? token.text
    : token.text.slice(1, -1).replaceAll(quote + quote, quote)
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f' }

const unescaped = (body: string): string =>
  body.replaceAll("''", "'").replace(/\\([\s\S])/g, (_, letter: string) => ESCAPES[letter] ?? letter)
