import { mkdir, rm, writeFile } from 'node:fs/promises'
import { attempt, onPath, progress, run } from './command.ts'
import { clusterPaths } from './paths.ts'
import { type ClusterRecord, writeRecord } from './record.ts'

/** With the default name this is the cluster that kind's own commands call "bellows". */
export function kindName(name: string): string {
  return name === 'default' ? 'bellows' : `bellows-${name}`
}

export type Engine = 'docker' | 'podman'

/** The container engine that answers; a client alone, with no engine behind it, is not enough. */
export async function answeringEngine(): Promise<Engine | undefined> {
  for (const engine of ['docker', 'podman'] as const) {
    if ((await onPath(engine)) && (await attempt(engine, ['info'])).code === 0) return engine
  }
  return undefined
}

export async function kindIsUsable(): Promise<boolean> {
  return (await onPath('kind')) && (await answeringEngine()) !== undefined
}

export async function upKind(name: string): Promise<void> {
  const paths = clusterPaths(name)
  const there = (await run('kind', ['get', 'clusters'])).split('\n').includes(kindName(name))
  if (there) progress(`kind cluster ${kindName(name)} is already up`)
  else await run('kind', ['create', 'cluster', '--name', kindName(name), '--wait', '120s'], { show: true })
  await mkdir(paths.root, { recursive: true })
  const kubeconfig = await run('kind', ['get', 'kubeconfig', '--name', kindName(name)])
  await writeFile(paths.kubeconfig, kubeconfig, { mode: 0o600 })
  await writeRecord({ name, kind: 'kind', nodes: true, index: -1 })
}

export async function downKind({ name }: ClusterRecord): Promise<void> {
  await run('kind', ['delete', 'cluster', '--name', kindName(name)], { show: true })
  await rm(clusterPaths(name).root, { recursive: true, force: true })
}

export async function kindAilment({ name }: ClusterRecord): Promise<string | undefined> {
  const kubeconfig = clusterPaths(name).kubeconfig
  const result = await attempt('kubectl', ['--kubeconfig', kubeconfig, 'get', '--raw', '/readyz'])
  return result.code === 0 ? undefined : 'the API server is not ready'
}
