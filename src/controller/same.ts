/**
 * Whether two JSON values read the same on the wire: key order does not count, and a key with the value undefined is
 * a key that is not there.
 */
export const same = (a: unknown, b: unknown): boolean => {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a) || Array.isArray(b)) {
    return (
      Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((each, index) => same(each, b[index]))
    )
  }
  const left = present(a as Readonly<Record<string, unknown>>)
  const right = present(b as Readonly<Record<string, unknown>>)
  return (
    left.length === right.length &&
    left.every(([key, value]) => Object.hasOwn(b, key) && same(value, (b as Record<string, unknown>)[key]))
  )
}

const present = (object: Readonly<Record<string, unknown>>): readonly (readonly [string, unknown])[] =>
  Object.entries(object).filter(([, value]) => value !== undefined)
