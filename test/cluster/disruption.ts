import { addressesOf } from './addresses.ts'
import { type Component, containerd, controlPlane, nodeAgents } from './components.ts'
import { clusterPaths } from './paths.ts'
import type { ProcessMark } from './process-mark.ts'
import { signalComponent, startComponent } from './processes.ts'
import { readRecord } from './record.ts'

export type ComponentName =
  | 'etcd'
  | 'kube-apiserver'
  | 'kube-controller-manager'
  | 'kube-scheduler'
  | 'containerd'
  | 'kubelet'
  | 'kube-proxy'
  | 'coredns'

export type Disruption = {
  kill(component: ComponentName): Promise<void>
  start(component: ComponentName): Promise<void>
  /** Stops the process in its tracks: its connections stay open and nothing answers. */
  freeze(component: ComponentName): Promise<void>
  thaw(component: ComponentName): Promise<void>
}

/** Faults in the local cluster's own parts; nothing where tests run against a cluster of another kind. */
export async function disruptionOf(name = process.env.BELLOWS_CLUSTER ?? 'default'): Promise<Disruption | undefined> {
  const record = await readRecord(name)
  const paths = clusterPaths(name)
  const { BELLOWS_KUBECONFIG: explicit = paths.kubeconfig } = process.env
  if (record?.kind !== 'local' || record.holder === undefined || explicit !== paths.kubeconfig) return
  const holder: ProcessMark = record.holder
  const addresses = addressesOf(record.index)
  const parts: readonly Component[] = [
    ...controlPlane(paths, addresses),
    ...(record.nodes ? [containerd(paths), ...nodeAgents(paths, addresses)] : []),
  ]
  const part = (component: ComponentName): Component => {
    const found = parts.find((each) => each.name === component)
    if (found === undefined) throw new Error(`cluster ${name} has no ${component}`)
    return found
  }
  return {
    kill: async (component) => await signalComponent(holder, paths, component, 'KILL'),
    start: async (component) => await startComponent(holder, paths, part(component)),
    freeze: async (component) => await signalComponent(holder, paths, component, 'STOP'),
    thaw: async (component) => await signalComponent(holder, paths, component, 'CONT'),
  }
}
