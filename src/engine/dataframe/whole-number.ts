import { userError } from '../errors.ts'

/** `value` where it is a count. Throws EngineError, which names `what` wanted it. */
export const wholeNumber = (what: string, value: number): number => {
  if (!Number.isSafeInteger(value) || value < 0) throw userError(`${what} wants a whole number, not ${value}`)
  return value
}
