import { SqlError } from '../sql/sql-error.ts'
import { unsupported } from './refuse.ts'

/** A pattern of java.util.regex in RE2's syntax. */
export interface Re2Pattern {
  readonly source: string
  readonly groups: number
  readonly names: ReadonlyMap<string, number>
  /** It matches the empty text somewhere: the two do not go on alike after such a match. */
  readonly nullable: boolean
  /** Values that end with a line break match otherwise: Java's $ stands before it too. */
  readonly dollar: boolean
  /** Values with letters outside ASCII match otherwise (\b, case-insensitivity). */
  readonly asciiOnly: boolean
  /** It is this text, without any operator. */
  readonly literal: string | undefined
}

const DOT = '[^\\n\\r\\x{85}\\x{2028}\\x{2029}]'
const CLASSES: Readonly<Record<string, string>> = { d: '0-9', w: '0-9A-Z_a-z', s: ' \\t\\n\\x0B\\f\\r' }
const POSIX: Readonly<Record<string, string>> = {
  Lower: 'a-z',
  Upper: 'A-Z',
  ASCII: '\\x00-\\x7F',
  Alpha: 'A-Za-z',
  Digit: '0-9',
  Alnum: '0-9A-Za-z',
  Punct: '!-/:-@\\[-`{-~',
  Graph: '!-~',
  Print: ' -~',
  Blank: ' \\t',
  Cntrl: '\\x00-\\x1F\\x7F',
  XDigit: '0-9A-Fa-f',
  Space: ' \\t\\n\\x0B\\f\\r',
}
const CATEGORIES = /^(?:L[ulmto]?|M[nce]?|N[dlo]?|P[cdseifo]?|S[mcko]?|Z[slp]?|C[cfo]?)$/
const CONTROLS: Readonly<Record<string, string>> = { t: '\\t', n: '\\n', r: '\\r', f: '\\f', a: '\\x07', e: '\\x1B' }

const quote = (character: string): string => (/[\\^$.*+?()[\]{}|-]/.test(character) ? `\\${character}` : character)

/** Reads a pattern once from left to right. */
const translate = (pattern: string, name: string): Re2Pattern => {
  const characters = [...pattern]
  let at = 0
  let groups = 0
  let dollar = false
  let asciiOnly = false
  let operators = false
  let plain = ''
  const names = new Map<string, number>()
  const refuse = (what: string): never => {
    throw unsupported(
      `The pattern ${JSON.stringify(pattern)} of ${name} uses ${what}, which is not computed here; write it without`,
    )
  }
  const wrong = (): never => {
    throw new SqlError(
      'INVALID_PARAMETER_VALUE.PATTERN',
      `${JSON.stringify(pattern)} is no regular expression for ${name}`,
    )
  }

  interface Part {
    readonly sql: string
    readonly nullable: boolean
    readonly group?: boolean
  }

  const code = (hex: string): string => `\\x{${hex}}`

  const hexDigits = (count: number): string => {
    const digits = characters.slice(at, at + count).join('')
    if (!new RegExp(`^[0-9A-Fa-f]{${count}}$`).test(digits)) wrong()
    at += count
    return digits
  }

  const property = (negated: boolean, inside: boolean): string => {
    let word = characters[at++] ?? wrong()
    if (word === '{') {
      const end = characters.indexOf('}', at)
      if (end < 0) wrong()
      word = characters.slice(at, end).join('')
      at = end + 1
    }
    const posix = POSIX[word]
    if (posix !== undefined) {
      if (inside) return negated ? refuse('a negated class within a class') : posix
      return `[${negated ? '^' : ''}${posix}]`
    }
    const category = word.replace(/^Is(?=[A-Z][a-z]?$)/, '')
    if (!CATEGORIES.test(category)) return refuse(`\\p{${word}}`)
    return `\\${negated ? 'P' : 'p'}{${category}}`
  }

  /** After a backslash, within a class or not. */
  const escapeOf = (inside: boolean): string => {
    const letter = characters[at++] ?? wrong()
    const set = CLASSES[letter.toLowerCase()]
    if (set !== undefined && /[dwsDWS]/.test(letter)) {
      const negated = letter !== letter.toLowerCase()
      if (inside) return negated ? (letter === 'S' ? refuse('\\S within a class') : `\\${letter}`) : set
      return `[${negated ? '^' : ''}${set}]`
    }
    if (CONTROLS[letter] !== undefined) return CONTROLS[letter]
    switch (letter) {
      case 'x':
        if (characters[at] === '{') {
          const end = characters.indexOf('}', at)
          const digits = characters.slice(at + 1, end).join('')
          if (end < 0 || !/^[0-9A-Fa-f]+$/.test(digits)) wrong()
          at = end + 1
          return code(digits)
        }
        return code(hexDigits(2))
      case 'u':
        return code(hexDigits(4))
      case '0': {
        const octal = /^(?:[0-3][0-7]{0,2}|[0-7]{1,2})/.exec(characters.slice(at, at + 3).join(''))?.[0] ?? wrong()
        at += octal.length
        return code(Number.parseInt(octal, 8).toString(16))
      }
      case 'p':
      case 'P':
        return property(letter === 'P', inside)
      case 'Q':
        return refuse('\\Q')
      default:
        if (/[A-Za-z1-9]/.test(letter)) return refuse(`\\${letter}`)
        return quote(letter)
    }
  }

  const classOf = (): string => {
    const negated = characters[at] === '^'
    if (negated) at++
    let body = ''
    if (characters[at] === ']') refuse('] at the beginning of a class')
    for (;;) {
      const character = characters[at++] ?? wrong()
      if (character === ']') return `[${negated ? '^' : ''}${body}]`
      if (character === '[') refuse('a class within a class')
      if (character === '&' && characters[at] === '&') refuse('&&')
      if (character === '\\') body += escapeOf(true)
      else body += character === '^' ? '\\^' : character
    }
  }

  const quantifier = (): { readonly text: string; readonly least: number } | undefined => {
    const rest = characters.slice(at, at + 16).join('')
    const found = /^(?:[*+?]|\{(\d+)(,(\d*))?\})/.exec(rest)
    if (!found) {
      if (characters[at] === '{') wrong()
      return undefined
    }
    at += found[0].length
    let text = found[0]
    if (Number(found[1] ?? 0) > 1000 || Number(found[3] || 0) > 1000) refuse('a count above 1000')
    if (characters[at] === '?') {
      text += '?'
      at++
    } else if (characters[at] === '+') refuse('a possessive quantifier')
    if (/[*+?]/.test(characters[at] ?? '')) wrong()
    return { text, least: found[1] === undefined ? (found[0] === '+' ? 1 : 0) : Number(found[1]) }
  }

  const group = (flags: string): Part => {
    if (characters[at] !== '?') {
      groups++
      return closed('(', flags)
    }
    const rest = characters.slice(at, at + 64).join('')
    if (rest.startsWith('?:')) {
      at += 2
      return closed('(?:', flags)
    }
    const named = /^\?<([A-Za-z][A-Za-z0-9]*)>/.exec(rest)
    if (named) {
      at += [...named[0]].length
      groups++
      names.set(named[1]!, groups)
      return closed(`(?P<${named[1]}>`, flags)
    }
    const set = /^\?([a-zA-Z]*)(?:-([a-zA-Z]*))?([:)])/.exec(rest)
    if (!set) return refuse('look-around or an atomic group')
    if (/[^is]/.test(set[1]! + (set[2] ?? ''))) return refuse('flags other than i and s')
    if (set[2]) return refuse('flags that are switched off')
    if (set[1]!.includes('i')) asciiOnly = true
    at += set[0].length
    if (set[3] === ':') return closed(set[1]!.includes('i') ? '(?i:' : '(?:', flags + set[1])
    return { sql: set[1]!.includes('i') ? '(?i)' : '', nullable: true, group: true }
  }

  const closed = (open: string, flags: string): Part => {
    const inner = alternatives(flags)
    if (characters[at] !== ')') wrong()
    at++
    return { sql: `${open}${inner.sql})`, nullable: inner.nullable, group: true }
  }

  const atom = (flags: string): Part => {
    const character = characters[at++]!
    if (character !== '\\' && !/[.[(^$*+?{|)]/.test(character)) {
      plain += character
      return { sql: quote(character), nullable: false }
    }
    if (character === '\\' && !/[A-Za-z0-9]/.test(characters[at] ?? '')) {
      plain += characters[at] ?? ''
      return { sql: escapeOf(false), nullable: false }
    }
    operators = true
    switch (character) {
      case '.':
        return { sql: flags.includes('s') ? '(?s:.)' : DOT, nullable: false }
      case '[':
        return { sql: classOf(), nullable: false }
      case '(':
        return group(flags)
      case '^':
        return { sql: '^', nullable: true }
      case '$':
        dollar = true
        return { sql: '$', nullable: true }
      case '\\': {
        const next = characters[at]!
        if (next === 'A' || next === 'z') {
          at++
          return { sql: `\\${next}`, nullable: true }
        }
        if (next === 'b' || next === 'B') {
          at++
          asciiOnly = true
          return { sql: `\\${next}`, nullable: true }
        }
        return { sql: escapeOf(false), nullable: false }
      }
      default:
        return wrong()
    }
  }

  const sequence = (given: string): Part => {
    let sql = ''
    let nullable = true
    let flags = given
    while (at < characters.length && characters[at] !== '|' && characters[at] !== ')') {
      const start = at
      const part = atom(flags)
      const opened = /^\(\?([is]+)\)$/.exec(characters.slice(start, at).join(''))
      if (opened) flags += opened[1]
      const times = quantifier()
      if (times) {
        operators = true
        if (part.group && part.nullable) refuse('a repeated group that may be empty')
      }
      sql += part.sql + (times?.text ?? '')
      if (!part.nullable && (times === undefined || times.least > 0)) nullable = false
    }
    return { sql, nullable }
  }

  const alternatives = (flags: string): Part => {
    let part = sequence(flags)
    while (characters[at] === '|') {
      at++
      operators = true
      const next = sequence(flags)
      part = { sql: `${part.sql}|${next.sql}`, nullable: part.nullable || next.nullable }
    }
    return part
  }

  const whole = alternatives('')
  if (at < characters.length) wrong()
  return {
    source: whole.sql,
    groups,
    names,
    nullable: whole.nullable,
    dollar,
    asciiOnly,
    literal: operators ? undefined : plain,
  }
}

/**
 * The RE2 pattern that matches what java.util.regex matches with `pattern`. Throws SqlError where there is none, or where
 * it is no pattern. `dollar` and `asciiOnly` name values for which the two differ: see `guarded`.
 */
export const re2Of = (pattern: string, name: string): Re2Pattern => translate(pattern, name)

/** `sql` over the text `value`, refused at run time for the values that the pattern treats otherwise. */
export const guarded = (value: string, pattern: Re2Pattern, sql: string): string => {
  const hazards = [
    ...(pattern.dollar ? [`regexp_matches(${value}, '[\\n\\r\\x{85}\\x{2028}\\x{2029}]\\z')`] : []),
    ...(pattern.asciiOnly ? [`strlen(${value}) <> length(${value})`] : []),
  ]
  if (hazards.length === 0) return sql
  const sentence = `[UNSUPPORTED_FEATURE] A pattern with ${pattern.dollar ? '$ is not applied to a text that ends with a line break' : '\\b or (?i) is not applied to letters outside ASCII'} here`
  return `CASE WHEN ${hazards.join(' OR ')} THEN error('${sentence}') ELSE ${sql} END`
}
