import { isObject, type Json, type JsonObject } from './ast.ts'

/**
 * Rebuilds a tree from the top: where `change` answers, its answer stands and is not looked into again.
 * Parts that did not change are shared with the original.
 */
export const rewrite = <T extends Json>(tree: T, change: (part: JsonObject) => Json | undefined): T => {
  const visit = (value: Json): Json => {
    if (Array.isArray(value)) return mapShared(value as readonly Json[], visit)
    if (!isObject(value)) return value
    const changed = change(value)
    if (changed !== undefined) return changed
    let copy: Record<string, Json> | undefined
    for (const [key, child] of Object.entries(value)) {
      const next = visit(child)
      if (next !== child) {
        copy ??= { ...value }
        copy[key] = next
      }
    }
    return copy ?? value
  }
  return visit(tree) as T
}

const mapShared = (list: readonly Json[], visit: (value: Json) => Json): readonly Json[] => {
  const next = list.map(visit)
  return next.some((value, index) => value !== list[index]) ? next : list
}

/** Whether some part of the tree answers to `test`; a part that `skip` names is not looked into. */
export const contains = (
  tree: Json,
  test: (part: JsonObject) => boolean,
  skip: (part: JsonObject) => boolean = () => false,
): boolean => {
  if (Array.isArray(tree)) return tree.some((part) => contains(part, test, skip))
  if (!isObject(tree) || skip(tree)) return false
  return test(tree) || Object.values(tree).some((part) => contains(part, test, skip))
}

export const collect = <T>(tree: Json, pick: (part: JsonObject) => T | undefined): readonly T[] => {
  const found: T[] = []
  contains(tree, (part) => {
    const picked = pick(part)
    if (picked !== undefined) found.push(picked)
    return false
  })
  return found
}

/** A text that is equal for parts that mean the same whatever place and alias they were written with. */
export const canonicalText = (tree: Json): string =>
  JSON.stringify(tree, function (this: unknown, key, value) {
    if (key === 'query_location') return undefined
    if (key === 'alias' && isObject(this as Json) && (this as JsonObject).class !== undefined) return undefined
    if (key === 'column_names' && Array.isArray(value)) return value.map((name) => String(name).toLowerCase())
    return value
  })
