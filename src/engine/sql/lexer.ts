import { SqlError } from './sql-error.ts'

/**
 * word: a name or keyword, which is decided by where it stands. quoted: `name`. string: 'x', "x", r'x'. number: digits
 * with their suffix. symbol: operators and punctuation; `/*+` and `*`+`/` are symbols around a hint. end: after the text.
 */
export type TokenKind = 'word' | 'quoted' | 'string' | 'number' | 'symbol' | 'end'

export interface Token {
  readonly kind: TokenKind
  /** Words in upper case, symbols as written, names and strings without quotes and with escapes resolved, numbers as written. */
  readonly value: string
  /** As it stands in the text. */
  readonly text: string
  readonly start: number
  readonly end: number
}

export interface LexerOptions {
  /** spark.sql.ansi.doubleQuotedIdentifiers: "x" is a name, not a string. */
  readonly doubleQuotedIdentifiers?: boolean
}

/** `>>` and `>>>` are made by the parser of single ones, so that ARRAY<ARRAY<INT>> needs no special case. */
const SYMBOLS = [
  ...['<=>', '<=', '<>', '<<', '<', '>=', '>', '==', '=>', '=', '!=', '!', '->', '-', '||', '|>', '|', '::', ':'],
  ...['(', ')', '[', ']', ',', '.', ';', '+', '*', '/', '%', '&', '^', '~', '?', '{', '}'],
]
const SYMBOLS_BY_FIRST = new Map<string, readonly string[]>()
for (const symbol of SYMBOLS) {
  const first = symbol.charAt(0)
  SYMBOLS_BY_FIRST.set(first, [...(SYMBOLS_BY_FIRST.get(first) ?? []), symbol])
}

const SPACE = /[\s\uFEFF]+/y
const LINE_COMMENT = /--(?:\\\n|[^\n])*/y
const ASCII_WORD = /[A-Za-z0-9_]+/y
const WORD = /[\p{L}\p{N}_]+/uy
const NUMBER = /(?:\d+\.\d*|\.\d+|\d+)(?:[eE][+-]?\d+)?(?:[bB][dD]|[lLsSyYfFdD])?/y

const match = (pattern: RegExp, text: string, at: number): number => {
  pattern.lastIndex = at
  return pattern.test(text) ? pattern.lastIndex : at
}

const endOfWord = (text: string, at: number): number => {
  const end = match(ASCII_WORD, text, at)
  return text.charCodeAt(end) < 128 || end === text.length ? end : match(WORD, text, at)
}

/** The end of a nested comment that begins at `start`. */
const endOfComment = (text: string, start: number, end: number): number => {
  let depth = 0
  for (let i = start; i < end - 1; i++) {
    if (text.startsWith('/*', i)) {
      depth++
      i++
    } else if (text.startsWith('*/', i)) {
      depth--
      i++
      if (depth === 0) return i + 1
    }
  }
  throw new SqlError('UNCLOSED_BRACKETED_COMMENT', 'A comment that begins with /* is not closed; end it with */.', {
    start,
    end: Math.min(start + 2, end),
  })
}

/** Over spaces and comments. */
export const skipTrivia = (text: string, start: number, end: number): number => {
  let at = start
  for (;;) {
    const code = at < end ? text.charCodeAt(at) : 0
    // A quick way for the usual: no space, no comment (- or /).
    if (code > 32 && code < 127 && code !== 45 && code !== 47) return at
    const before = at
    at = match(SPACE, text, at)
    at = match(LINE_COMMENT, text, at)
    if (at < end - 1 && text.startsWith('/*', at) && text[at + 2] !== '+') at = endOfComment(text, at, end)
    if (at === before) return Math.min(at, end)
  }
}

/** The offset after the quoted piece that begins at `start`, or undefined when it is not closed. `raw`: no escapes. */
export const endOfQuoted = (text: string, start: number, end: number, raw: boolean): number | undefined => {
  const quote = text[start]
  for (let i = start + 1; i < end; i++) {
    if (text[i] === '\\' && !raw && quote !== '`') i++
    else if (text[i] === quote) {
      if (text[i + 1] === quote && i + 1 < end && !raw) i++
      else return i + 1
    }
  }
  return undefined
}

const ESCAPES: Readonly<Record<string, string>> = {
  '0': '\0',
  b: '\b',
  n: '\n',
  r: '\r',
  t: '\t',
  Z: '\u001A',
  // Kept with their backslash: LIKE patterns need them.
  '%': '\\%',
  _: '\\_',
}

const ESCAPE = /\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-1][0-7]{2})|([\s\S]))|(''|"")/g

/** The content of a string literal, as Spark's unescapeSQLString has it; a doubled quote is one quote. */
export const unescapeString = (content: string, quote: string): string =>
  content.includes('\\') || content.includes(quote + quote)
    ? content.replace(ESCAPE, (all, u4, u8, octal, other, doubled) => {
        if (doubled !== undefined) return doubled === quote + quote ? quote : all
        const hex: string | undefined = u4 ?? u8
        if (hex !== undefined) {
          const point = Number.parseInt(hex, 16)
          return point <= 0x10ffff ? String.fromCodePoint(point) : '\uFFFD'
        }
        if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8))
        return ESCAPES[other] ?? other
      })
    : content

/** The tokens of text[start, end), the last of kind `end`. Throws SqlError at what is no token. */
export const tokenize = (
  text: string,
  options: LexerOptions = {},
  range = { start: 0, end: text.length },
): readonly Token[] => {
  const { end } = range
  const tokens: Token[] = []
  let at = range.start
  let hint = false
  const push = (kind: TokenKind, value: string, to: number): void => {
    tokens.push({ kind, value, text: text.slice(at, to), start: at, end: to })
    at = to
  }
  const quoted = (from: number, raw: boolean): { readonly to: number; readonly content: string } => {
    const to = endOfQuoted(text, from, end, raw)
    if (to === undefined) {
      const quote = text.charAt(from)
      throw new SqlError('PARSE_SYNTAX_ERROR', `A ${quote} is not closed; add the closing ${quote}.`, {
        start: from,
        end: from + 1,
      })
    }
    return { to, content: text.slice(from + 1, to - 1) }
  }
  for (;;) {
    at = skipTrivia(text, at, end)
    if (at >= end) break
    const letter = text.charAt(at)
    const next = text[at + 1]
    if (letter === "'" || (letter === '"' && !options.doubleQuotedIdentifiers)) {
      const { to, content } = quoted(at, false)
      push('string', unescapeString(content, letter), to)
    } else if (letter === '`' || letter === '"') {
      const { to, content } = quoted(at, false)
      if (content === '') {
        throw new SqlError('PARSE_SYNTAX_ERROR', 'A name between quotes must not be empty.', { start: at, end: to })
      }
      push('quoted', content.replaceAll(letter + letter, letter), to)
    } else if ((letter === 'r' || letter === 'R') && (next === "'" || next === '"')) {
      const { to, content } = quoted(at + 1, true)
      push('string', content, to)
    } else if (hint && text.startsWith('*/', at)) {
      hint = false
      push('symbol', '*/', at + 2)
    } else if (text.startsWith('/*+', at)) {
      hint = true
      push('symbol', '/*+', at + 3)
    } else {
      const number = startsNumber(letter, next, tokens.at(-1), at) ? Math.min(match(NUMBER, text, at), end) : at
      const word = Math.min(endOfWord(text, at), end)
      // A name may begin with a digit (1st_day): whichever is longer.
      if (number > at && number >= word) push('number', text.slice(at, number), number)
      else if (word > at) push('word', text.slice(at, word).toUpperCase(), word)
      else {
        const symbol = SYMBOLS_BY_FIRST.get(letter)?.find((candidate) => text.startsWith(candidate, at))
        if (symbol === undefined) throw unknownCharacter(text, at)
        push('symbol', symbol, at + symbol.length)
      }
    }
  }
  push('end', '', at)
  return tokens
}

/** `.5` is a number, unless the point follows a name or bracket directly: t.1st. */
const startsNumber = (letter: string, next: string | undefined, previous: Token | undefined, at: number): boolean => {
  if (letter >= '0' && letter <= '9') {
    const afterPoint = previous?.value === '.' && previous.end === at
    return !afterPoint
  }
  if (letter !== '.' || next === undefined || next < '0' || next > '9') return false
  if (previous === undefined || previous.end !== at) return true
  return previous.kind === 'symbol' && previous.value !== ')' && previous.value !== ']'
}

const unknownCharacter = (text: string, at: number): SqlError => {
  const letter = String.fromCodePoint(text.codePointAt(at) ?? 0)
  return new SqlError('PARSE_SYNTAX_ERROR', `The character ${letter} has no meaning here.`, {
    start: at,
    end: at + letter.length,
  })
}
