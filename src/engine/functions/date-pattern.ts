import { unsupported } from './refuse.ts'

/** One item of a pattern of java.time's DateTimeFormatter. */
export type PatternItem =
  | { readonly kind: 'letter'; readonly letter: string; readonly count: number }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'optional'; readonly items: readonly PatternItem[] }

/** Spark's own name for the symbol: standalone forms print the same in English. */
const SAME: Readonly<Record<string, string>> = { L: 'M', q: 'Q' }

/** Reads a pattern. Throws SqlError where it has no meaning in Spark, or none that is computed here. */
export const readPattern = (pattern: string): readonly PatternItem[] => {
  let at = 0
  const read = (inside: boolean): readonly PatternItem[] => {
    const items: PatternItem[] = []
    const text = (part: string): void => {
      const last = items.at(-1)
      if (last?.kind === 'text') items[items.length - 1] = { kind: 'text', text: last.text + part }
      else items.push({ kind: 'text', text: part })
    }
    while (at < pattern.length) {
      const character = pattern[at]!
      if (character === "'") {
        const quoted = /^'((?:[^']|'')*)'/.exec(pattern.slice(at))
        if (!quoted) throw fault(pattern, 'a quote without its end')
        at += quoted[0].length
        text(quoted[1] === '' ? "'" : quoted[1]!.replaceAll("''", "'"))
      } else if (character === '[') {
        at++
        items.push({ kind: 'optional', items: read(true) })
      } else if (character === ']') {
        if (!inside) throw fault(pattern, '] without [')
        at++
        return items
      } else if (/[{}#]/.test(character)) {
        throw fault(pattern, character)
      } else if (/[A-Za-z]/.test(character)) {
        let count = 1
        while (pattern[at + count] === character) count++
        at += count
        items.push({ kind: 'letter', letter: SAME[character] ?? character, count })
      } else {
        text(character)
        at++
      }
    }
    if (inside) throw fault(pattern, '[ without ]')
    return items
  }
  return read(false)
}

export const fault = (pattern: string, what: string): Error =>
  unsupported(
    `The date pattern ${JSON.stringify(pattern)} has ${what}, which is not computed here; use y M d D E H h k K m s S a Q X x Z and quoted text`,
  )
