import type { PipelineTask, ScriptTask } from '../api/pipeline.ts'
import { asText, escapeExpansion, MAX_RENDERED, render, resolve, type Scope } from './render.ts'
import { mapTexts, type TextKind } from './task-texts.ts'
import { parseTemplate, type Template } from './template.ts'

export type Filled =
  | { readonly ok: true; readonly task: PipelineTask }
  | { readonly ok: false; readonly message: string }

type Interpreter = ScriptTask['interpreter']

/**
 * A variable's value as an expression of the language. The value itself never gets into the source, so no result and
 * no parameter can become code, however it is quoted.
 */
const EXPRESSION: Readonly<Record<Interpreter, (variable: string) => string>> = {
  bash: (variable) => `\${${variable}}`,
  node: (variable) => `JSON.parse(process.env.${variable})`,
  python: (variable) => `__import__('json').loads(__import__('os').environ['${variable}'])`,
}

/** The task as it is to run: templates replaced by values. Fails with a sentence where a value is not there. */
export const fillTask = (task: PipelineTask, scope: Scope): Filled => {
  let failure: string | undefined
  const inputs: { readonly name: string; readonly value: string }[] = []
  const filled = mapTexts(task, (text, where, kind) => {
    if (failure !== undefined) return text
    const outcome = edited(text, kind, task, scope, inputs)
    if (outcome.ok) return outcome.text
    failure = `${where}: ${outcome.message}`
    return text
  })
  if (failure !== undefined) return { ok: false, message: failure }
  if (inputs.length === 0 || filled.script === undefined) return { ok: true, task: filled }
  return { ok: true, task: { ...filled, script: { ...filled.script, env: [...(filled.script.env ?? []), ...inputs] } } }
}

type Edited = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly message: string }

const edited = (
  text: string,
  kind: TextKind,
  task: PipelineTask,
  scope: Scope,
  inputs: { name: string; value: string }[],
): Edited => {
  const parsed = parseTemplate(text)
  if (!parsed.ok) return parsed
  switch (kind) {
    case 'plain':
      return render(parsed.template, scope)
    case 'pod':
      return render(parsed.template, scope, escapeExpansion)
    case 'source':
      return renderSource(parsed.template, task.script?.interpreter ?? 'bash', scope, inputs)
  }
}

const renderSource = (
  template: Template,
  interpreter: Interpreter,
  scope: Scope,
  inputs: { name: string; value: string }[],
): Edited => {
  let source = ''
  for (const part of template.parts) {
    if (typeof part === 'string') {
      source += part
      continue
    }
    const resolved = resolve(part, scope)
    if (!resolved.ok) return resolved
    const value = interpreter === 'bash' ? asText(resolved.value) : JSON.stringify(resolved.value)
    const name = `BELLOWS_INPUT_${inputs.length + 1}`
    // Linux takes `NAME=value` as one string.
    if (Buffer.byteLength(value) + name.length + 1 > MAX_RENDERED) {
      return { ok: false, message: `a value is longer than ${MAX_RENDERED} bytes; hand on where it is instead.` }
    }
    inputs.push({ name, value: escapeExpansion(value) })
    source += EXPRESSION[interpreter](name)
  }
  return { ok: true, text: source }
}
