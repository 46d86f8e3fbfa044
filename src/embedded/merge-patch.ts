import { isObject, type JsonObject } from './json.ts'

/** JSON merge patch. Source: RFC 7386, section 2. Never changes `target`. */
export const mergePatched = (target: unknown, patch: unknown): unknown => {
  if (!isObject(patch)) return patch
  const result: JsonObject = isObject(target) ? { ...target } : {}
  for (const [field, value] of Object.entries(patch)) {
    if (value === null) delete result[field]
    else result[field] = mergePatched(result[field], value)
  }
  return result
}
