import { javaDouble } from './java-number.ts'

/** A value of a JSON text, with numbers as they are written. `from` and `to`: where in the text it stands. */
export type Json = { readonly from: number; readonly to: number } & (
  | { readonly kind: 'object'; readonly entries: readonly (readonly [string, Json])[] }
  | { readonly kind: 'array'; readonly items: readonly Json[] }
  | { readonly kind: 'string'; readonly text: string }
  | { readonly kind: 'number'; readonly text: string; readonly whole: boolean }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'null' }
)

export interface JsonSyntax {
  readonly unquotedNames?: boolean
  readonly singleQuotes?: boolean
  readonly leadingZeros?: boolean
  /** NaN, Infinity, +INF … as numbers. */
  readonly nonNumeric?: boolean
  /** Characters below the space within texts. */
  readonly controls?: boolean
  readonly comments?: boolean
  readonly anyEscape?: boolean
}

class Malformed extends Error {}

const SPACE = /[ \t\n\r]*/y
const COMMENTED = /(?:[ \t\n\r]|\/\*[\s\S]*?\*\/|\/\/[^\n]*)*/y
const NUMBER = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y
const ZEROS = /-?\d+(\.\d+)?([eE][+-]?\d+)?/y
const WORD = /(?:true|false|null)(?![\w$])/y
const NON_NUMERIC = /(?:NaN|[+-]?(?:Infinity|INF))(?![\w$])/y
const NAME = /[\w$]+/y
const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
}

class Reader {
  private readonly text: string
  private readonly syntax: JsonSyntax
  private at = 0

  constructor(text: string, syntax: JsonSyntax) {
    this.text = text
    this.syntax = syntax
  }

  /** The first value; undefined where there is none. What stands behind it is not read. */
  first(): Json | undefined {
    this.space()
    return this.at >= this.text.length ? undefined : this.value(0)
  }

  private space(): void {
    this.match(this.syntax.comments ? COMMENTED : SPACE)
  }

  private match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.at
    const found = pattern.exec(this.text)
    if (found) this.at = pattern.lastIndex
    return found
  }

  private value(depth: number): Json {
    if (depth > 1000) throw new Malformed('nested too deep')
    const from = this.at
    const first = this.text[from]
    const end = () => ({ from, to: this.at })
    if (first === '{') {
      const entries = this.members(depth)
      return { kind: 'object', entries, ...end() }
    }
    if (first === '[') {
      const items = this.items(depth)
      return { kind: 'array', items, ...end() }
    }
    if (first === '"' || (first === "'" && this.syntax.singleQuotes)) {
      const text = this.string(first)
      return { kind: 'string', text, ...end() }
    }
    const word = this.match(WORD)?.[0]
    if (word === 'null') return { kind: 'null', ...end() }
    if (word !== undefined) return { kind: 'boolean', value: word === 'true', ...end() }
    const special = this.syntax.nonNumeric ? this.match(NON_NUMERIC)?.[0] : undefined
    if (special !== undefined) return { kind: 'number', text: special, whole: false, ...end() }
    const number = this.match(this.syntax.leadingZeros ? ZEROS : NUMBER)
    const behind = this.text[this.at]
    if (!number || (behind !== undefined && !/[\s,\]}/{["]/.test(behind))) throw new Malformed('no value')
    const whole = number[1] === undefined && number[2] === undefined
    const text = this.syntax.leadingZeros ? number[0].replace(/^(-?)0+(?=\d)/, '$1') : number[0]
    return { kind: 'number', text, whole, ...end() }
  }

  private members(depth: number): readonly (readonly [string, Json])[] {
    const entries: (readonly [string, Json])[] = []
    this.at++
    this.space()
    if (this.skip('}')) return entries
    for (;;) {
      const name = this.name()
      this.space()
      if (!this.skip(':')) throw new Malformed('no colon')
      this.space()
      entries.push([name, this.value(depth + 1)])
      this.space()
      if (this.skip('}')) return entries
      if (!this.skip(',')) throw new Malformed('no comma')
      this.space()
    }
  }

  private items(depth: number): readonly Json[] {
    const items: Json[] = []
    this.at++
    this.space()
    if (this.skip(']')) return items
    for (;;) {
      items.push(this.value(depth + 1))
      this.space()
      if (this.skip(']')) return items
      if (!this.skip(',')) throw new Malformed('no comma')
      this.space()
    }
  }

  private skip(character: string): boolean {
    if (this.text[this.at] !== character) return false
    this.at++
    return true
  }

  private name(): string {
    const first = this.text[this.at]
    if (first === '"' || (first === "'" && this.syntax.singleQuotes)) return this.string(first)
    const name = this.syntax.unquotedNames ? this.match(NAME) : null
    if (!name) throw new Malformed('no name')
    return name[0]
  }

  private string(quote: string): string {
    let text = ''
    let start = ++this.at
    for (;;) {
      const character = this.text[this.at]
      if (character === undefined) throw new Malformed('an open text')
      if (character === quote) {
        text += this.text.slice(start, this.at++)
        return text
      }
      if (character === '\\') {
        text += this.text.slice(start, this.at) + this.escape()
        start = this.at
      } else {
        if (character < ' ' && !this.syntax.controls) throw new Malformed('a control character')
        this.at++
      }
    }
  }

  private escape(): string {
    const letter = this.text[this.at + 1] ?? ''
    if (letter === 'u') {
      const hex = this.text.slice(this.at + 2, this.at + 6)
      if (!/^[0-9a-fA-F]{4}$/.test(hex)) throw new Malformed('no code')
      this.at += 6
      return String.fromCharCode(Number.parseInt(hex, 16))
    }
    this.at += 2
    const known = ESCAPES[letter] ?? (letter === "'" && this.syntax.singleQuotes ? letter : undefined)
    if (known !== undefined) return known
    if (this.syntax.anyEscape && letter !== '') return letter
    throw new Malformed('no escape')
  }
}

/** The first value of a text: undefined where there is none, 'malformed' where it is no JSON. Source: Jackson's parser. */
export const readJson = (text: string, syntax: JsonSyntax): Json | 'malformed' | undefined => {
  try {
    return new Reader(text, syntax).first()
  } catch (error) {
    if (error instanceof Malformed) return 'malformed'
    throw error
  }
}

const NAMED: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
}

/** A text in quotes, as Jackson writes it. */
export const quotedJson = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is escaped
  `"${text.replace(/["\\\u0000-\u001f]/g, (one) => NAMED[one] ?? `\\u${one.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`)}"`

/** A value as Jackson copies it: without spaces, and numbers with a point or exponent as doubles. */
export const writeJson = (json: Json): string => {
  switch (json.kind) {
    case 'object':
      return `{${json.entries.map(([name, value]) => `${quotedJson(name)}:${writeJson(value)}`).join(',')}}`
    case 'array':
      return `[${json.items.map(writeJson).join(',')}]`
    case 'string':
      return quotedJson(json.text)
    case 'number':
      return numberText(json)
    case 'boolean':
      return String(json.value)
    case 'null':
      return 'null'
  }
}

export const numberText = ({ text, whole }: { readonly text: string; readonly whole: boolean }): string =>
  whole ? (text === '-0' ? '0' : text) : /^[-+]?[NI]/.test(text) ? `"${text}"` : javaDouble(Number(text))
