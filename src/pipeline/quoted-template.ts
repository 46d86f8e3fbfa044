import type { ScriptTask } from '../api/pipeline.ts'
import type { Part, Reference } from './template.ts'

type Interpreter = ScriptTask['interpreter']

/** Stands for a reference in the text that is scanned: no script holds it, the API server refuses it. */
const HOLE = '\0'

/** Text that is given to these is a program once more: what stands between quotes in it may be meant so. */
const RUNS_TEXT: Readonly<Record<Interpreter, RegExp>> = {
  bash: /\b(?:eval|trap|alias|envsubst|ssh|su|parallel|watch)\b|(?:^|\s)-[a-z]*c\b/,
  node: /\b(?:eval|Function|vm|Worker|exec\w*|spawn\w*)\b/,
  python: /\b(?:eval|exec|compile)\b/,
}

/**
 * The first reference that stands between quotes where its variable is text and no longer read: within a string of
 * JavaScript, alone between single quotes in bash, alone between quotes in python. Undefined where there is none, and
 * where the script may work all the same: text that is a program once more, syntax that is not followed here.
 */
export const quotedReference = (parts: readonly Part[], interpreter: Interpreter): Reference | undefined => {
  const text = parts.map((part) => (typeof part === 'string' ? part : HOLE)).join('')
  if (RUNS_TEXT[interpreter].test(text)) return undefined
  const at = FIND[interpreter](text)
  if (at === undefined) return undefined
  const before = text.slice(0, at).split(HOLE).length - 1
  return parts.filter((part): part is Reference => typeof part !== 'string')[before]
}

type Find = (text: string) => number | undefined

/** After a here-document, a nested substitution or $'…' nothing is certain any more. */
const inBash: Find = (text) => {
  let quote = ''
  for (let at = 0; at < text.length; at++) {
    const char = text[at]!
    if (quote === "'") {
      if (char === "'") quote = ''
      else if (char === HOLE && text[at - 1] === "'" && text[at + 1] === "'") return at
    } else if (char === '\\') at++
    else if (char === '`' || text.startsWith('<<', at) || text.startsWith("$'", at)) return undefined
    else if (quote === '"') {
      if (text.startsWith('$(', at) || text.startsWith('${', at)) return undefined
      if (char === '"') quote = ''
    } else if (char === "'" || char === '"') quote = char
    else if (char === '#' && /^$|[\s;&|()]/.test(text[at - 1] ?? '')) at = endOfLine(text, at)
  }
  return undefined
}

const SIMPLE_SUBSTITUTION = /^\$\{[^'"`{}]*\}/

const inNode: Find = (text) => {
  let quote = ''
  let hole: number | undefined
  for (let at = 0; at < text.length; at++) {
    const char = text[at]!
    if (quote === '') {
      if (char === "'" || char === '"' || char === '`') quote = char
      else if (text.startsWith('//', at)) at = endOfLine(text, at)
      else if (text.startsWith('/*', at)) {
        const end = text.indexOf('*/', at + 2)
        if (end < 0) return undefined
        at = end + 1
      } else if (char === '/' && /['"`/]/.test(text.slice(at + 1, endOfLine(text, at)))) return undefined
    } else if (char === '\\') at++
    else if (char === quote) {
      if (hole !== undefined) return hole
      quote = ''
    } else if (char === HOLE) hole ??= at
    else if (quote === '`' && text.startsWith('${', at)) {
      const simple = SIMPLE_SUBSTITUTION.exec(text.slice(at))?.[0]
      if (simple === undefined) return undefined
      at += simple.length - 1
    } else if (char === '\n' && quote !== '`') return undefined
  }
  return undefined
}

const inPython: Find = (text) => {
  if (/'''|"""/.test(text)) return undefined
  const at = /(?<=')\0(?=')|(?<=")\0(?=")/.exec(text)?.index
  return at === undefined || text.slice(text.lastIndexOf('\n', at) + 1, at).includes('#') ? undefined : at
}

const FIND: Readonly<Record<Interpreter, Find>> = { bash: inBash, node: inNode, python: inPython }

const endOfLine = (text: string, from: number): number => {
  const end = text.indexOf('\n', from)
  return end < 0 ? text.length : end
}
