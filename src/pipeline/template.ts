/** What stands between `{{` and `}}`. */
export type Reference =
  | { readonly kind: 'param'; readonly name: string }
  | { readonly kind: 'run'; readonly field: 'name' | 'namespace' }
  | { readonly kind: 'task'; readonly task: string; readonly field: 'result' | 'state'; readonly path: readonly Step[] }

/** A field name or a list index. */
export type Step = string | number

export type Part = string | Reference

/** Text with its references taken out. */
export interface Template {
  readonly parts: readonly Part[]
}

export type Parsed =
  | { readonly ok: true; readonly template: Template }
  | { readonly ok: false; readonly message: string }

export const HELP =
  "known are {{ params.NAME }}, {{ tasks.NAME.result }}, {{ tasks.NAME.result.FIELD }}, {{ tasks.NAME.state }}, {{ run.name }} and {{ run.namespace }}; write {{ '{{' }} for the two braces themselves"

const MAX_EXPRESSION = 512
const SEGMENT = /^(?:\.([A-Za-z0-9_-]{1,253})|\[([0-9]{1,9})\]|\["([^"\\]{1,253})"\]|\['([^'\\]{1,253})'\])/
const LITERAL = /^(?:'([^'\\]*)'|"([^"\\]*)")$/

/** Cuts `text` at its templates. Nothing is evaluated: a reference is a path, not an expression. */
export const parseTemplate = (text: string): Parsed => {
  const parts: Part[] = []
  let at = 0
  for (;;) {
    const open = text.indexOf('{{', at)
    if (open < 0) break
    if (open > at) parts.push(text.slice(at, open))
    const close = closing(text, open + 2)
    if (close < 0) return { ok: false, message: `'${clipped(text.slice(open))}' has no closing braces; ${HELP}` }
    const expression = text.slice(open + 2, close).trim()
    const part = parsePart(expression)
    if (part === undefined) return { ok: false, message: `'{{ ${clipped(expression)} }}' is not understood; ${HELP}` }
    parts.push(part)
    at = close + 2
  }
  if (at < text.length) parts.push(text.slice(at))
  return { ok: true, template: { parts } }
}

/** The end of the expression; braces inside quotes do not end it. */
const closing = (text: string, from: number): number => {
  let quote = ''
  const end = Math.min(text.length, from + MAX_EXPRESSION)
  for (let at = from; at < end; at++) {
    const char = text[at]!
    if (quote !== '') quote = char === quote ? '' : quote
    else if (char === "'" || char === '"') quote = char
    else if (char === '}' && text[at + 1] === '}') return at
  }
  return -1
}

const clipped = (text: string): string => (text.length <= 60 ? text : `${text.slice(0, 59)}…`)

const parsePart = (expression: string): Part | undefined => {
  const literal = LITERAL.exec(expression)
  if (literal !== null) return literal[1] ?? literal[2] ?? ''
  const root = /^[a-z]+/.exec(expression)?.[0]
  if (root === undefined) return undefined
  const steps = parseSteps(expression.slice(root.length))
  if (steps === undefined) return undefined
  const [first, second, ...path] = steps
  if (typeof first !== 'string') return undefined
  if (root === 'params' && steps.length === 1) return { kind: 'param', name: first }
  if (root === 'run' && steps.length === 1 && (first === 'name' || first === 'namespace')) {
    return { kind: 'run', field: first }
  }
  if (root !== 'tasks') return undefined
  if (second === 'result') return { kind: 'task', task: first, field: 'result', path }
  if (second === 'state' && path.length === 0) return { kind: 'task', task: first, field: 'state', path }
  return undefined
}

const parseSteps = (text: string): readonly Step[] | undefined => {
  const steps: Step[] = []
  let rest = text
  while (rest !== '') {
    const match = SEGMENT.exec(rest)
    if (match === null) return undefined
    steps.push(match[2] !== undefined ? Number(match[2]) : (match[1] ?? match[3] ?? match[4] ?? ''))
    rest = rest.slice(match[0].length)
  }
  return steps
}

/** How a reference is written, for messages. */
export const shownReference = (reference: Reference): string => {
  switch (reference.kind) {
    case 'param':
      return `params.${reference.name}`
    case 'run':
      return `run.${reference.field}`
    case 'task':
      return `tasks.${reference.task}.${reference.field}${reference.path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`)).join('')}`
  }
}

export const references = (template: Template): readonly Reference[] =>
  template.parts.filter((part): part is Reference => typeof part !== 'string')
