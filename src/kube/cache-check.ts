import type { Cluster } from './cluster.ts'
import { isExpired } from './errors.ts'
import { type KubeObject, keyOf, keyString } from './object.ts'
import type { ResourceType } from './resource-type.ts'
import { isNewer } from './resource-version.ts'
import type { Store } from './store.ts'
import type { Selection } from './watch.ts'

/** The cache is not what the server had at the same version: a defect of the watch or of the server. */
export class CacheDivergence extends Error {
  override readonly name = 'CacheDivergence'
  readonly keys: readonly string[]

  constructor(resource: string, keys: readonly string[]) {
    super(`the cache of ${resource} differs from the server in ${keys.length} objects: ${keys.slice(0, 5).join(', ')}`)
    this.keys = keys
  }
}

const mark = (object: KubeObject): string => `${object.metadata.uid}@${object.metadata.resourceVersion}`

/** Keys whose uid or version differ at the store's own version; undefined where the server has forgotten it. */
export const divergenceOf = async (
  cluster: Cluster,
  type: ResourceType,
  selection: Selection,
  store: Store,
): Promise<readonly string[] | undefined> => {
  const { resourceVersion } = store
  const held = new Map<string, string>()
  const ahead = new Set<string>()
  for (const object of store.list()) {
    const key = keyString(keyOf(object))
    // Our own writes run before the watch: the server's past cannot have them.
    if (isNewer(object.metadata.resourceVersion, resourceVersion)) ahead.add(key)
    else held.set(key, mark(object))
  }
  const listed = new Map<string, string>()
  try {
    const page = await cluster.list(type, { ...selection, resourceVersion, resourceVersionMatch: 'Exact' })
    for (const object of page.items) listed.set(keyString(keyOf(object)), mark(object))
  } catch (error) {
    if (isExpired(error)) return undefined
    throw error
  }
  const keys = new Set([...held.keys(), ...listed.keys()])
  return [...keys].filter((key) => !ahead.has(key) && held.get(key) !== listed.get(key))
}
