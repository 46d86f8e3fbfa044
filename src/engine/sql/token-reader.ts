import { type EngineError, userError } from '../errors.ts'
import { placeAt } from './source-text.ts'
import { type Token, unquote } from './tokens.ts'

/** Reads the tokens of one statement from left to right; spaces and comments do not count. */
export class TokenReader {
  private readonly script: string
  private readonly all: readonly Token[]
  private readonly code: readonly Token[]
  private readonly number: number
  private at = 0

  constructor(script: string, tokens: readonly Token[], number: number) {
    this.script = script
    this.all = tokens
    this.code = tokens.filter((token) => token.kind !== 'space' && token.kind !== 'comment')
    this.number = number
  }

  private peek(): Token | undefined {
    return this.code[this.at]
  }

  here(): number {
    return this.peek()?.start ?? this.code.at(-1)?.end ?? 0
  }

  atEnd(): boolean {
    return this.at >= this.code.length
  }

  sees(...words: readonly string[]): boolean {
    const token = this.peek()
    return token?.kind === 'word' && words.includes(token.text.toUpperCase())
  }

  seesSymbol(symbol: string): boolean {
    return this.peek()?.kind === 'symbol' && this.peek()?.text === symbol
  }

  seesText(): boolean {
    return this.peek()?.kind === 'text'
  }

  take(...words: readonly string[]): boolean {
    const seen = this.sees(...words)
    if (seen) this.at++
    return seen
  }

  takeSymbol(symbol: string): boolean {
    const seen = this.seesSymbol(symbol)
    if (seen) this.at++
    return seen
  }

  need(word: string): true {
    if (!this.take(word)) throw this.expected(word)
    return true
  }

  end(): void {
    if (!this.atEnd()) throw this.expected('the end of the statement')
  }

  name(what: string): string {
    const token = this.peek()
    if (token === undefined || !['word', 'name', 'backtick'].includes(token.kind))
      throw this.expected(`the name of ${what}`)
    this.at++
    return unquote(token)
  }

  text(what: string): string {
    const token = this.peek()
    if (token?.kind !== 'text') throw this.expected(`${what} in quotes`)
    this.at++
    return unquote(token)
  }

  nameList(): readonly string[] {
    const names: string[] = []
    if (!this.takeSymbol('(')) throw this.expected('(')
    do names.push(this.name('a column'))
    while (this.takeSymbol(','))
    if (!this.takeSymbol(')')) throw this.expected(')')
    return names
  }

  /** `a.b.c` or a quoted text. */
  key(): string {
    if (this.seesText()) return this.text('the key')
    let key = this.name('a setting')
    while (this.takeSymbol('.') || this.seesSymbol('-')) {
      if (this.takeSymbol('-')) key += `-${this.name('a setting')}`
      else key += `.${this.name('a setting')}`
    }
    return key
  }

  /** `(key 'value', key = value, …)`; values may be texts, numbers, true or false. */
  options(): Record<string, string> {
    const options: Record<string, string> = {}
    if (!this.takeSymbol('(')) throw this.expected('(')
    do {
      const key = this.key()
      this.takeSymbol('=')
      const token = this.peek()
      if (token === undefined || !['text', 'number', 'word'].includes(token.kind))
        throw this.expected(`a value for ${key}`)
      this.at++
      options[key] = unquote(token)
    } while (this.takeSymbol(','))
    if (!this.takeSymbol(')')) throw this.expected(')')
    return options
  }

  /** All tokens from here on, spaces included. */
  rest(): readonly Token[] {
    const first = this.peek()
    if (first === undefined) throw this.expected('a query')
    this.at = this.code.length
    return this.all.slice(this.all.indexOf(first))
  }

  restText(): string {
    const first = this.peek()
    const last = this.code.at(-1)
    this.at = this.code.length
    if (first === undefined || last === undefined) return ''
    return first === last && first.kind === 'text' ? unquote(first) : this.script.slice(first.start, last.end)
  }

  private where(): string {
    const { line, column } = placeAt(this.script, this.here())
    return `statement ${this.number}, line ${line}, column ${column}`
  }

  expected(what: string): EngineError {
    const seen = this.peek()
    return userError(`${this.where()}: expected ${what}, found ${seen ? `"${seen.text}"` : 'the end of the statement'}`)
  }

  unsupported(supported: string): EngineError {
    const words = this.code.slice(0, 3).map((token) => token.text)
    return userError(
      `statement ${this.number} (${words.join(' ')} …) is not supported by the bundled engine: ${supported}`,
    )
  }
}
