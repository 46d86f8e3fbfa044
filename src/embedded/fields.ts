import { canonical, isObject } from './json.ts'
import { keyFieldDefaults, type ListKeys } from './list-keys.ts'

/**
 * One field of an object: segments joined by NUL. `f:name` is a field, `k:{"name":"x"}` a list item by its key,
 * `v:"x"` a member of a set. The form of a segment is that of FieldsV1.
 */
export type FieldPath = string
/**
 * Every field of an object: leaves with their value as JSON; maps, keyed lists and items of those with CONTAINER. Only
 * leaves and items can be applied; who writes otherwise also owns the containers that this brings about.
 */
export type Fields = ReadonlyMap<FieldPath, string>

const SEPARATOR = '\u0000'
const CONTAINER = ''
/** What a map or list may be without holding anything. */
const NOTHING = new Set([CONTAINER, '{}', '[]', 'null'])
/** What nobody owns. Source: structured-merge-diff strip-meta of apimachinery. */
const UNOWNED_METADATA = new Set([
  'name',
  'namespace',
  'uid',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'generation',
  'generateName',
  'managedFields',
  'resourceVersion',
  'selfLink',
])

export const join = (path: FieldPath, segment: string): FieldPath =>
  path === '' ? segment : `${path}${SEPARATOR}${segment}`
export const segmentsOf = (path: FieldPath): string[] => path.split(SEPARATOR)
export const isUnder = (path: FieldPath, parent: FieldPath): boolean => path.startsWith(`${parent}${SEPARATOR}`)

/** The segment that names `item` in a list with these keys. */
export const itemSegment = (item: unknown, keys: readonly string[] | 'set'): string => {
  if (keys === 'set') return `v:${canonical(item)}`
  const fields = isObject(item) ? item : {}
  return `k:${canonical(Object.fromEntries(keys.map((key) => [key, fields[key] ?? keyFieldDefaults[key] ?? null])))}`
}

/** `.spec.containers[name="main"].image`: how the server's messages name a field. */
export const printed = (path: FieldPath): string =>
  segmentsOf(path)
    .map((segment) => {
      const rest = segment.slice(2)
      if (segment.startsWith('f:')) return `.${rest}`
      if (segment.startsWith('v:')) return `[=${rest}]`
      const keys = Object.entries(JSON.parse(rest) as object)
      return `[${keys.map(([key, value]) => `${key}=${JSON.stringify(value)}`).join(',')}]`
    })
    .join('')

const cache = new WeakMap<object, Fields>()

/** All leaves of `object`, without what nobody owns. Frozen objects are remembered, so asking again costs nothing. */
export const fieldsOf = (object: object, listKeys: ListKeys): Fields => {
  const known = cache.get(object)
  if (known !== undefined) return known
  const fields = new Map<FieldPath, string>()
  for (const [name, value] of Object.entries(object)) {
    if (name === 'apiVersion' || name === 'kind') continue
    if (name !== 'metadata') collect(value, `f:${name}`, name, listKeys, fields)
    else if (isObject(value)) {
      for (const [key, part] of Object.entries(value)) {
        if (!UNOWNED_METADATA.has(key)) {
          collect(part, join('f:metadata', `f:${key}`), `metadata.${key}`, listKeys, fields)
        }
      }
    }
  }
  if (Object.isFrozen(object)) cache.set(object, fields)
  return fields
}

const collect = (
  value: unknown,
  path: FieldPath,
  schemaPath: string,
  listKeys: ListKeys,
  into: Map<FieldPath, string>,
): void => {
  const keys = listKeys[schemaPath]
  if (isObject(value) && keys !== 'atomic' && Object.keys(value).length > 0) {
    into.set(path, CONTAINER)
    for (const [name, part] of Object.entries(value)) {
      collect(part, join(path, `f:${name}`), `${schemaPath}.${name}`, listKeys, into)
    }
  } else if (Array.isArray(value) && value.length > 0 && keys !== undefined && keys !== 'atomic') {
    into.set(path, CONTAINER)
    for (const item of value) {
      const itemPath = join(path, itemSegment(item, keys))
      into.set(itemPath, CONTAINER)
      if (isObject(item)) {
        for (const [name, part] of Object.entries(item)) {
          collect(part, join(itemPath, `f:${name}`), `${schemaPath}.${name}`, listKeys, into)
        }
      }
    }
  } else into.set(path, canonical(value))
}

/** Keyed lists that hold two items of one key, as `.spec.parts: [name="a"]`. */
export const duplicateItems = (
  object: object,
  listKeys: ListKeys,
): { readonly list: string; readonly item: string }[] => {
  const found: { readonly list: string; readonly item: string }[] = []
  const look = (value: unknown, schemaPath: string) => {
    const keys = listKeys[schemaPath]
    if (Array.isArray(value)) {
      const seen = new Set<string>()
      for (const item of value) {
        if (keys !== undefined && keys !== 'atomic') {
          const segment = itemSegment(item, keys)
          if (seen.has(segment)) found.push({ list: `.${schemaPath}`, item: printed(segment) })
          seen.add(segment)
        }
        look(item, schemaPath)
      }
    } else if (isObject(value)) {
      for (const [name, part] of Object.entries(value)) look(part, schemaPath === '' ? name : `${schemaPath}.${name}`)
    }
  }
  look(object, '')
  return found
}

/** What applying `config` lays claim to. */
export const claimsOf = (config: object, listKeys: ListKeys): ReadonlySet<FieldPath> => {
  const claimed = [...fieldsOf(config, listKeys)].filter(([path, value]) => value !== CONTAINER || isItem(path))
  return new Set(claimed.map(([path]) => path))
}

const isItem = (path: FieldPath): boolean => !path.slice(path.lastIndexOf(SEPARATOR) + 1).startsWith('f:')

export interface FieldChanges {
  /** Added, or with another value. */
  readonly changed: ReadonlySet<FieldPath>
  readonly removed: ReadonlySet<FieldPath>
}

export const compareFields = (before: Fields, after: Fields): FieldChanges => {
  const changed = new Set<FieldPath>()
  const removed = new Set<FieldPath>()
  for (const [path, value] of after) {
    const old = before.get(path)
    // A map that fills or empties has not changed itself.
    if (old !== value && !(old !== undefined && NOTHING.has(old) && NOTHING.has(value))) changed.add(path)
  }
  for (const path of before.keys()) if (!after.has(path)) removed.add(path)
  return { changed, removed }
}
