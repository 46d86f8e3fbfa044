import { type FieldPath, isUnder, itemSegment, join, segmentsOf } from './fields.ts'
import { isObject, type JsonObject } from './json.ts'
import type { ListKeys } from './list-keys.ts'

/** `live` with everything that `config` says; keyed lists item by item, other lists as a whole. Changes neither. */
export const mergedWith = (live: unknown, config: unknown, listKeys: ListKeys, schemaPath = ''): unknown => {
  const keys = listKeys[schemaPath]
  if (isObject(live) && isObject(config) && keys !== 'atomic') {
    const result: JsonObject = { ...live }
    for (const [name, value] of Object.entries(config)) {
      const path = schemaPath === '' ? name : `${schemaPath}.${name}`
      result[name] = mergedWith(live[name], value, listKeys, path)
    }
    return result
  }
  if (Array.isArray(live) && Array.isArray(config) && keys !== undefined && keys !== 'atomic') {
    return mergedList(live, config, keys, listKeys, schemaPath)
  }
  return config
}

/** Items of both sides; the order of `config` wins for its items, items of `live` alone keep their places. */
const mergedList = (
  live: readonly unknown[],
  config: readonly unknown[],
  keys: readonly string[] | 'set',
  listKeys: ListKeys,
  schemaPath: string,
): unknown[] => {
  const mine = new Map(live.map((item) => [itemSegment(item, keys), item]))
  const theirs = new Map(config.map((item) => [itemSegment(item, keys), item]))
  const liveKeys = [...mine.keys()]
  const result: unknown[] = []
  let next = 0
  const takeOwn = () => {
    while (next < liveKeys.length && !theirs.has(liveKeys[next] ?? '')) result.push(mine.get(liveKeys[next++] ?? ''))
  }
  for (const [key, item] of theirs) {
    takeOwn()
    result.push(mine.has(key) ? mergedWith(mine.get(key), item, listKeys, schemaPath) : item)
    if (liveKeys[next] === key) next++
  }
  while (next < liveKeys.length) {
    takeOwn()
    next++
  }
  return result
}

/**
 * `object` without the fields `dropped`. A keyed item goes as a whole, with what nobody owns in it, unless a field of
 * `kept` (owned by others) or `claimed` (applied now) lies under it. Maps and lists that become empty go too.
 */
export const withoutFields = <T>(
  object: T,
  dropped: ReadonlySet<FieldPath>,
  kept: ReadonlySet<FieldPath>,
  claimed: ReadonlySet<FieldPath>,
): T => {
  if (dropped.size === 0) return object
  const result = structuredClone(object)
  const keptPaths = [...kept, ...claimed]
  const isKept = (path: FieldPath) => keptPaths.some((each) => each === path || isUnder(each, path))
  // Parents first: a keyed item is found by its key fields.
  for (const path of [...dropped].sort((a, b) => a.length - b.length)) {
    if (!isKept(path)) removeAt(result, segmentsOf(path), '', claimed)
  }
  return result
}

/** Removes one field, and what becomes empty by that. A map that is applied as an empty one becomes null. */
const removeAt = (
  container: unknown,
  segments: readonly string[],
  above: FieldPath,
  claimed: ReadonlySet<FieldPath>,
): void => {
  const [segment, ...rest] = segments
  if (segment === undefined) return
  const path = join(above, segment)
  if (segment.startsWith('f:')) {
    if (!isObject(container)) return
    const name = segment.slice(2)
    const child = container[name]
    if (rest.length > 0) removeAt(child, rest, path, claimed)
    if (rest.length === 0 || isEmpty(child)) {
      if (rest.length > 0 && claimed.has(path)) container[name] = null
      else delete container[name]
    }
    return
  }
  if (!Array.isArray(container)) return
  const keys = keysIn(segment)
  const index = container.findIndex((item) => itemSegment(item, keys) === segment)
  if (index < 0) return
  if (rest.length === 0) container.splice(index, 1)
  // An item that stays keeps its key, whoever set it.
  else if (!(rest.length === 1 && keys !== 'set' && keys.includes(rest[0]?.slice(2) ?? ''))) {
    removeAt(container[index], rest, path, claimed)
  }
}

const keysIn = (segment: string): readonly string[] | 'set' =>
  segment.startsWith('v:') ? 'set' : Object.keys(JSON.parse(segment.slice(2)) as object)

const isEmpty = (value: unknown): boolean =>
  Array.isArray(value) ? value.length === 0 : isObject(value) && Object.keys(value).length === 0
