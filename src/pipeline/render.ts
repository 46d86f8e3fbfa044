import { isKeptNumber, parseExactly } from './exact-json.ts'
import type { TaskState } from './task-state.ts'
import { type Reference, type Step, shownReference, type Template } from './template.ts'

/** Where references get their values. */
export interface Scope {
  readonly run: { readonly name: string; readonly namespace: string }
  readonly params: ReadonlyMap<string, string>
  readonly tasks: {
    state(name: string): TaskState | undefined
    /** The result as JSON text; undefined where there is none. */
    result(name: string): string | undefined
  }
}

export type Resolved = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly message: string }
export type Rendered = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly message: string }

/** Linux refuses a longer argument or variable (MAX_ARG_STRLEN, 32 pages). */
export const MAX_RENDERED = 131_071

/** The value that a reference stands for. Only own fields of parsed JSON are seen. */
export const resolve = (reference: Reference, scope: Scope): Resolved => {
  switch (reference.kind) {
    case 'run':
      return { ok: true, value: scope.run[reference.field] }
    case 'param': {
      const value = scope.params.get(reference.name)
      if (value !== undefined) return { ok: true, value }
      return { ok: false, message: `There is no parameter '${reference.name}'.` }
    }
    case 'task': {
      const state = scope.tasks.state(reference.task)
      if (state === undefined) return { ok: false, message: `There is no task '${reference.task}'.` }
      return reference.field === 'state' ? { ok: true, value: state } : resultOf(reference, state, scope)
    }
  }
}

const resultOf = (reference: Extract<Reference, { kind: 'task' }>, state: TaskState, scope: Scope): Resolved => {
  const text = scope.tasks.result(reference.task)
  if (text === undefined) {
    return {
      ok: false,
      message: `Task '${reference.task}' is ${state} and has no result for ${shownReference(reference)}.`,
    }
  }
  let value: unknown
  try {
    value = parseExactly(text)
  } catch {
    return { ok: false, message: `The result of task '${reference.task}' is not JSON.` }
  }
  for (const step of reference.path) {
    if (typeof value !== 'object' || value === null || isKeptNumber(value) || !Object.hasOwn(value, step)) {
      const shape = shapeOf(value)
      return { ok: false, message: `There is no ${shownReference(reference)}: '${step}' is asked of ${shape}.` }
    }
    value = (value as Readonly<Record<Step, unknown>>)[step]
  }
  return { ok: true, value }
}

const shapeOf = (value: unknown): string => {
  if (value === null) return 'null'
  if (Array.isArray(value)) return `a list of ${value.length}`
  return isKeptNumber(value) ? 'number' : typeof value
}

/** Kubernetes makes `$` of `$$` and a variable of `$(NAME)` in arguments and variables: a value must come through as it is. */
export const escapeExpansion = (text: string): string => text.replaceAll('$', () => '$$')

/** A string stands as it is; everything else as JSON. */
export const asText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))

/** Fills a template in, each value put through `quote`. Values are never looked at for templates again. */
export const render = (
  template: Template,
  scope: Scope,
  quote: (value: string) => string = (value) => value,
  limit: number = MAX_RENDERED,
): Rendered => {
  let text = ''
  for (const part of template.parts) {
    if (typeof part === 'string') text += part
    else {
      const resolved = resolve(part, scope)
      if (!resolved.ok) return resolved
      text += quote(asText(resolved.value))
    }
    if (text.length > limit) {
      return { ok: false, message: `The text is longer than ${limit} characters once its templates are filled in.` }
    }
  }
  return { ok: true, text }
}
