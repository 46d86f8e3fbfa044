import type { ObjectKey } from './object.ts'
import { apiVersionOf, type ResourceType } from './resource-type.ts'

type QueryValue = string | number | boolean | undefined

/** Source: Kubernetes API concepts, "Resource URIs". */
export const collectionPath = (type: ResourceType, namespace: string | undefined): string => {
  const root = `${type.group === '' ? '/api' : '/apis'}/${apiVersionOf(type)}`
  const scope = type.namespaced && namespace !== undefined ? `/namespaces/${encodeURIComponent(namespace)}` : ''
  return `${root}${scope}/${type.plural}`
}

/** Throws TypeError where a namespace or a name is missing: such a path would mean a whole collection. */
export const objectPath = (type: ResourceType, key: ObjectKey, subresource?: string): string => {
  if (key.name === '') throw new TypeError(`a ${type.kind} needs a name`)
  if (type.namespaced && !key.namespace) throw new TypeError(`${type.kind} ${key.name} needs a namespace`)
  const path = `${collectionPath(type, key.namespace)}/${encodeURIComponent(key.name)}`
  return subresource === undefined ? path : `${path}/${subresource}`
}

export const withQuery = (path: string, query: Readonly<Record<string, QueryValue>>): string => {
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [`${name}=${encodeURIComponent(value)}`],
  )
  return pairs.length === 0 ? path : `${path}?${pairs.join('&')}`
}
