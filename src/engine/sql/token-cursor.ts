import type { Token } from './lexer.ts'
import { nearKeyword } from './near-keyword.ts'
import { type Span, SqlError } from './sql-error.ts'

/** Deeper nesting than this is refused: it would end in a stack overflow, far from its cause. */
const MAX_DEPTH = 200

/** A place in a list of tokens, with the questions and demands a parser has. */
export class TokenCursor {
  readonly tokens: readonly Token[]
  private index = 0
  private depth = 0
  /** For each opening parenthesis the index of its closing one. */
  private readonly closing = new Map<number, number>()

  constructor(tokens: readonly Token[]) {
    this.tokens = tokens
    const open: number[] = []
    for (const [i, token] of tokens.entries()) {
      if (token.kind !== 'symbol') continue
      if (token.value === '(') open.push(i)
      else if (token.value === ')') {
        const start = open.pop()
        if (start !== undefined) this.closing.set(start, i)
      }
    }
  }

  get position(): number {
    return this.index
  }

  /** The token `ahead` of the next one; the last is always of kind `end`. */
  peek(ahead = 0): Token {
    return this.at(this.index + ahead)
  }

  at(index: number): Token {
    const token = this.tokens[Math.min(index, this.tokens.length - 1)]
    if (token === undefined) throw new Error('a token list ends with an end token')
    return token
  }

  /** Index of the parenthesis that closes the one at `index`. */
  closingOf(index: number): number | undefined {
    return this.closing.get(index)
  }

  next(): Token {
    const token = this.peek()
    if (token.kind !== 'end') this.index++
    return token
  }

  /** Goes back to an earlier `position`. */
  backTo(position: number): void {
    this.index = position
  }

  isWord(word: string, ahead = 0): boolean {
    const token = this.peek(ahead)
    return token.kind === 'word' && token.value === word
  }

  isAnyWord(words: ReadonlySet<string>, ahead = 0): boolean {
    const token = this.peek(ahead)
    return token.kind === 'word' && words.has(token.value)
  }

  isSymbol(symbol: string, ahead = 0): boolean {
    const token = this.peek(ahead)
    return token.kind === 'symbol' && token.value === symbol
  }

  isEnd(): boolean {
    return this.peek().kind === 'end'
  }

  /** Takes these words if all of them come next, in this order. */
  takeWords(...words: readonly string[]): boolean {
    for (const [i, word] of words.entries()) if (!this.isWord(word, i)) return false
    this.index += words.length
    return true
  }

  takeSymbol(symbol: string): boolean {
    if (!this.isSymbol(symbol)) return false
    this.index++
    return true
  }

  expectWord(word: string): void {
    if (!this.takeWords(word)) throw this.unexpected(word)
  }

  expectSymbol(symbol: string): void {
    if (!this.takeSymbol(symbol)) throw this.unexpected(symbol)
  }

  /** Any word or quoted name; the name as written. */
  expectName(what = 'a name'): string {
    const token = this.peek()
    if (token.kind === 'quoted') return this.next().value
    if (token.kind === 'word') return this.next().text
    throw this.unexpected(what)
  }

  expectString(what = 'a string'): string {
    if (this.peek().kind !== 'string') throw this.unexpected(what)
    let value = ''
    while (this.peek().kind === 'string') value += this.next().value
    return value
  }

  expectInteger(what = 'a whole number'): number {
    const token = this.peek()
    if (token.kind !== 'number' || !/^\d+$/.test(token.text)) throw this.unexpected(what)
    return Number(this.next().text)
  }

  expectEnd(): void {
    if (!this.isEnd()) throw this.unexpected('the end of the statement')
  }

  /** From the token at index `from` to the last one taken. */
  spanFrom(from: number): Span {
    const last = this.at(Math.max(this.index - 1, from))
    return { start: this.at(from).start, end: last.end }
  }

  /** At least one item, with commas between. */
  list<T>(item: () => T): readonly T[] {
    const items = [item()]
    while (this.takeSymbol(',')) items.push(item())
    return items
  }

  /** Runs a nested rule. */
  nested<T>(rule: () => T): T {
    if (this.depth >= MAX_DEPTH) {
      throw this.error('PARSE_SYNTAX_ERROR', `The statement is nested more than ${MAX_DEPTH} levels deep; split it up.`)
    }
    this.depth++
    const result = rule()
    this.depth--
    return result
  }

  /** What stands next is not what may stand there. */
  unexpected(expected: string): SqlError {
    const token = this.peek()
    const found = token.kind === 'end' ? 'the end of the text' : token.text
    const near = nearKeyword(token) ?? (this.index > 0 ? nearKeyword(this.at(this.index - 1)) : undefined)
    const advice = near === undefined ? '' : ` ${near.word} looks like ${near.keyword}; is that what you mean?`
    return this.error('PARSE_SYNTAX_ERROR', `Found ${found} where ${expected} was expected.${advice}`)
  }

  /** An error at the next token. */
  error(condition: string, message: string): SqlError {
    const { start, end } = this.peek()
    return new SqlError(condition, message, { start, end })
  }

  /** What Spark's grammar has and Bellows does not do, from token `from` on. */
  refuse(what: string, instead: string, from = this.index): SqlError {
    const { start } = this.at(from)
    const { end } = this.at(Math.max(this.index - 1, from))
    return new SqlError('UNSUPPORTED_FEATURE', `${what} is not supported; ${instead}.`, { start, end })
  }
}
