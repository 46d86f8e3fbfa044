import { homedir } from 'node:os'
import { join, resolve } from 'node:path'

export const repository: string = resolve(import.meta.dirname, '../..')

export const cache: string = resolve(
  process.env.BELLOWS_CACHE ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'bellows'),
)

export const clusters: string = join(cache, 'clusters')

export type ClusterPaths = {
  readonly root: string
  readonly kubeconfig: string
  readonly record: string
  readonly pki: string
  readonly config: string
  readonly log: string
  readonly pids: string
}

export function clusterPaths(name: string): ClusterPaths {
  const root = join(clusters, name)
  return {
    root,
    kubeconfig: join(root, 'kubeconfig'),
    record: join(root, 'cluster.json'),
    pki: join(root, 'pki'),
    config: join(root, 'config'),
    log: join(root, 'log'),
    pids: join(root, 'pids'),
  }
}
