import type { Step } from '../plan/stage-plan.ts'
import type { Batches } from './batches.ts'
import { functionError } from './task-error.ts'

// biome-ignore lint/suspicious/noExplicitAny: functions of the program
type UserFunction = (...given: any[]) => any
type Loop = (batch: readonly unknown[], out: unknown[], progress: { at: number }) => void
type LoopMaker = (...functions: readonly UserFunction[]) => Loop

const makers = new Map<string, LoopMaker>()

/** A loop over an array by index, over anything else by its iterator; `x` is the element. */
const each = (at: number, source: string): string =>
  `const r${at} = ${source}; const a${at} = Array.isArray(r${at}); const s${at} = a${at} ? r${at} : r${at}[Symbol.iterator]();` +
  `for (let j${at} = 0; ; j${at}++) { let x${at}; if (a${at}) { if (j${at} >= s${at}.length) break; x${at} = s${at}[j${at}]; }` +
  ` else { const n${at} = s${at}.next(); if (n${at}.done) break; x${at} = n${at}.value; }`

/** The text of one step on `v`; `skip` leaves the innermost loop. */
const stepText = (step: Step, at: number): { readonly before: string; readonly after: string } => {
  switch (step.kind) {
    case 'map':
      return { before: `v = f${at}(v);`, after: '' }
    case 'filter':
      return { before: `if (!f${at}(v)) continue;`, after: '' }
    case 'flatMap':
      return { before: `${each(at, `f${at}(v)`)} let v = x${at};`, after: '}' }
    case 'mapValues':
      return { before: `v = [v[0], f${at}(v[1])];`, after: '' }
    case 'flatMapValues':
      return { before: `const k${at} = v[0]; ${each(at, `f${at}(v[1])`)} let v = [k${at}, x${at}];`, after: '}' }
    case 'keyBy':
      return { before: `v = [f${at}(v), v];`, after: '' }
    case 'keys':
      return { before: 'v = v[0];', after: '' }
    case 'values':
      return { before: 'v = v[1];', after: '' }
  }
}

/**
 * One loop over an array for a whole chain of operators. Its text is compiled once for each chain of functions, so that
 * the machine inlines just these functions into it.
 */
const loopOf = (steps: readonly Step[], functions: readonly UserFunction[]): Loop => {
  const texts = steps.map(stepText)
  const key = steps
    .map((step, i) => `${step.kind}\n${functions[i] === undefined ? '' : String(functions[i])}`)
    .join('\n')
  let made = makers.get(key)
  if (made === undefined) {
    const names = steps.map((_, i) => `f${i}`).join(', ')
    made = new Function(
      names,
      `return (batch, out, progress) => {
        const n = batch.length
        let i = 0
        try { for (; i < n; i++) { let v = batch[i]; ${texts.map((each) => each.before).join(' ')} out.push(v); ${texts.map((each) => each.after).join('')} } }
        finally { progress.at = i }
      }`,
    ) as LoopMaker
    if (makers.size < 1000) makers.set(key, made)
  }
  return made(...functions)
}

/** The elements of `parent` after the steps. `functions[i]` belongs to `steps[i]`. */
export const fused = (
  parent: Batches,
  steps: readonly Step[],
  functions: readonly (UserFunction | undefined)[],
  partition: number,
): Batches => {
  const loop = loopOf(steps, functions as UserFunction[])
  const name = steps.map((step) => step.kind).join(' → ')
  const progress = { at: 0 }
  let before = 0
  return {
    next: () => {
      const batch = parent.next()
      if (batch === undefined) return undefined
      const out: unknown[] = []
      try {
        loop(batch, out, progress)
      } catch (error) {
        throw functionError(error, name, partition, before + progress.at, { value: batch[progress.at] })
      }
      before += batch.length
      return out
    },
  }
}
