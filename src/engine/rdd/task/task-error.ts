import { inspect } from 'node:util'
import { EngineError, userError } from '../../errors.ts'

const LONGEST = 200

const shown = (value: unknown): string => {
  const text = inspect(value, {
    depth: 2,
    breakLength: Number.POSITIVE_INFINITY,
    maxArrayLength: 10,
    maxStringLength: 100,
  })
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text
}

/** The first place of a stack that lies in a file of the program: `program.ts:3:7`. */
const placeOf = (stack: string): string | undefined => {
  for (const line of stack.split('\n')) {
    if (!/^\s+at /.test(line) || line.includes('node:') || line.includes('/engine/rdd/task/')) continue
    const found = /([^/\\(\s]+:\d+:\d+)\)?$/.exec(line)?.[1]
    if (found !== undefined) return found
  }
  return undefined
}

/** What a function of the program threw, with its place there and the element it was at; counted from 0. */
export const functionError = (
  error: unknown,
  operator: string,
  partition: number,
  index?: number,
  element?: { readonly value: unknown },
): EngineError => {
  if (error instanceof EngineError) return error
  const thrown = error instanceof Error ? `${error.name}: ${error.message}` : `thrown ${shown(error)}`
  const place = error instanceof Error ? placeOf(error.stack ?? '') : undefined
  const at = index === undefined ? `partition ${partition}` : `element ${index} of partition ${partition}`
  const what = element === undefined ? '' : `, which is ${shown(element.value)}`
  return userError(`${operator}: ${thrown}${place === undefined ? '' : ` (${place})`} at ${at}${what}`, error)
}
