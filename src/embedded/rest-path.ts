import type { ObjectKey } from '../kube/object.ts'
import type { ResourceType } from '../kube/resource-type.ts'

/** What a path of the Kubernetes API means. `key` is absent for a collection. */
export interface RestTarget {
  readonly type: ResourceType
  readonly namespace: string | undefined
  readonly key: ObjectKey | undefined
  readonly subresource: 'status' | 'log' | undefined
}

/**
 * `/api/v1/namespaces/NS/pods/NAME/log`, `/apis/GROUP/VERSION/PLURAL` …; undefined where no known type is meant.
 * Source: Kubernetes API concepts, "Resource URIs".
 */
export const parseRestPath = (path: string, types: readonly ResourceType[]): RestTarget | undefined => {
  const parts = path
    .split('/')
    .filter((part) => part !== '')
    .map(decodeURIComponent)
  const core = parts[0] === 'api'
  if (!core && parts[0] !== 'apis') return undefined
  const group = core ? '' : (parts[1] ?? '')
  const version = parts[core ? 1 : 2] ?? ''
  let rest = parts.slice(core ? 2 : 3)
  let namespace: string | undefined
  if (rest[0] === 'namespaces' && rest.length > 2) {
    namespace = rest[1]
    rest = rest.slice(2)
  }
  const [plural, name, subresource] = rest
  const type = types.find((each) => each.group === group && each.version === version && each.plural === plural)
  if (type === undefined || rest.length > 3) return undefined
  if (subresource !== undefined && subresource !== 'status' && subresource !== 'log') return undefined
  return {
    type,
    namespace,
    key: name === undefined ? undefined : namespace === undefined ? { name } : { namespace, name },
    subresource,
  }
}
