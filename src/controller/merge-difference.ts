import { same } from './same.ts'

type Fields = Readonly<Record<string, unknown>>

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * The JSON merge patch (RFC 7386) that makes `wanted` of `live`. Undefined: they are the same already. Keys whose value
 * is undefined count as absent.
 */
export const mergeDifference = (live: Fields, wanted: Fields): Fields | undefined => {
  const patch: Record<string, unknown> = {}
  for (const key of Object.keys(live)) if (wanted[key] === undefined && live[key] !== undefined) patch[key] = null
  for (const [key, value] of Object.entries(wanted)) {
    const before = live[key]
    if (value === undefined || same(before, value)) continue
    patch[key] = isFields(before) && isFields(value) ? (mergeDifference(before, value) ?? value) : value
  }
  return Object.keys(patch).length === 0 ? undefined : patch
}
