import type { Step } from '../plan/stage-plan.ts'
import type { Batches, PairColumns } from './batches.ts'
import { functionError } from './task-error.ts'

// biome-ignore lint/suspicious/noExplicitAny: functions of the program
type UserFunction = (...given: any[]) => any
type Column = ArrayLike<unknown>
/** Elements come in `a`, pairs in `a` and `b`; they leave in `out` or, as pairs, in `out` and `outValues`. */
type Loop = (a: Column, b: Column | undefined, out: unknown[], outValues: unknown[], progress: { at: number }) => void
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
    case 'withNull':
      return { before: 'v = [v, null];', after: '' }
  }
}

/**
 * One loop over a batch for a whole chain of operators. Its text is compiled once for each chain of functions, so that
 * the machine inlines just these functions into it; pairs that come or leave as columns are never made then.
 */
const loopOf = (
  steps: readonly Step[],
  functions: readonly UserFunction[],
  fromPairs: boolean,
  toPairs: boolean,
): Loop => {
  const texts = steps.map(stepText)
  const given = steps.map((step, i) => `${step.kind}\n${functions[i] === undefined ? '' : String(functions[i])}`)
  const key = [fromPairs, toPairs, ...given].join('\n')
  let made = makers.get(key)
  if (made === undefined) {
    const names = steps.map((_, i) => `f${i}`).join(', ')
    const begin = fromPairs ? 'let v = [a[i], b[i]];' : 'let v = a[i];'
    const end = toPairs ? 'out.push(v[0]); outValues.push(v[1]);' : 'out.push(v);'
    made = new Function(
      names,
      `return (a, b, out, outValues, progress) => {
        const n = a.length
        let i = 0
        try { for (; i < n; i++) { ${begin} ${texts.map((each) => each.before).join(' ')} ${end} ${texts.map((each) => each.after).join('')} } }
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
  const fromPairs = parent.keyed === true && parent.nextPairs !== undefined
  const progress = { at: 0 }
  let before = 0
  const through = (toPairs: boolean): (() => PairColumns | undefined) => {
    const loop = loopOf(steps, functions as UserFunction[], fromPairs, toPairs)
    return () => {
      const pairs = fromPairs ? parent.nextPairs!() : undefined
      const a: Column | undefined = fromPairs ? pairs?.keys : parent.next()
      if (a === undefined) return undefined
      const keys: unknown[] = []
      const values: unknown[] = []
      try {
        loop(a, pairs?.values, keys, values, progress)
      } catch (error) {
        const { at } = progress
        const value = pairs === undefined ? a[at] : [a[at], pairs.values[at]]
        const name = steps.map((step) => step.kind).join(' → ')
        throw functionError(error, name, partition, before + at, { value })
      }
      before += a.length
      return { keys, values }
    }
  }
  let elements: (() => PairColumns | undefined) | undefined
  let pairs: (() => PairColumns | undefined) | undefined
  return {
    next: () => {
      elements ??= through(false)
      return elements()?.keys as readonly unknown[] | undefined
    },
    nextPairs: () => {
      pairs ??= through(true)
      return pairs()
    },
  }
}
