import type { Finding } from './check-manifests.ts'
import type { Manifest } from './load-manifests.ts'

/** Objects that would be one and the same in a cluster, each with both places where it stands. */
export const duplicates = (manifests: readonly Manifest[]): readonly Finding[] => {
  const first = new Map<string, string>()
  return manifests.flatMap(({ source, object }): readonly Finding[] => {
    const { name, namespace = 'default' } = object.metadata
    if (name === undefined) return []
    const key = JSON.stringify([object.apiVersion.split('/')[0], object.kind, namespace, name])
    const before = first.get(key)
    if (before === undefined) {
      first.set(key, source)
      return []
    }
    const message = `${before} has an object of that kind and name too; rename one`
    return [{ source, object: `${object.kind}/${name}`, field: 'metadata.name', message, severity: 'error' }]
  })
}
