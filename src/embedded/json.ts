/** Plain JSON, and the few operations on it that the embedded cluster needs. */
export type JsonObject = { [field: string]: unknown }

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A deep copy without what JSON cannot say (undefined fields, functions). */
export const copy = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T

export const deepFreeze = <T>(value: T): T => {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value)
    for (const child of Object.values(value)) deepFreeze(child)
  }
  return value
}

/** Equality of JSON values; the order of an object's fields does not matter. */
export const same = (a: unknown, b: unknown): boolean => {
  if (a === b) return true
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false
    return a.every((item, index) => same(item, b[index]))
  }
  if (!isObject(a) || !isObject(b)) return false
  const keys = Object.keys(a)
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && same(a[key], b[key]))
}

/** The value at a path of field names; undefined where the path breaks off. */
export const at = (value: unknown, ...path: readonly string[]): unknown => {
  let here = value
  for (const name of path) {
    if (!isObject(here)) return undefined
    here = here[name]
  }
  return here
}

/** JSON with sorted fields: equal values give equal texts. */
export const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) =>
    isObject(part) ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1))) : part,
  )
