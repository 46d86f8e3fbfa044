import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { addressesOf } from './addresses.ts'
import { type ApiAccess, apiAccess, callApi } from './api.ts'
import { controlPlaneModules, ensureBinaries, nodeModules } from './binaries.ts'
import { createClusterObjects } from './bootstrap.ts'
import { cgroupOf, createCgroup, removeCgroup } from './cgroups.ts'
import { attempt, progress, sleep } from './command.ts'
import { containerd, controlPlane, nodeAgents, schedulerConfig } from './components.ts'
import { connect, createNamespaces, ensurePause, furnish } from './namespaces.ts'
import { writeNodeConfig } from './node-config.ts'
import { controlPlanePackages, ensurePackages, nodePackages } from './packages.ts'
import { type ClusterPaths, clusterPaths } from './paths.ts'
import { importPauseImage } from './pause-image.ts'
import { createPki, nodeName, writeKubeconfig } from './pki.ts'
import { isRunning, killMarked, type ProcessMark } from './process-mark.ts'
import { componentRuns, logTail, startComponent } from './processes.ts'
import { type ClusterRecord, readRecord, recordedNames, writeRecord } from './record.ts'

/** Compiles and installs whatever `up` needs and does not find. */
export async function prepare(nodes: boolean): Promise<void> {
  await ensurePackages(nodes ? [...controlPlanePackages, ...nodePackages] : controlPlanePackages)
  await ensureBinaries(nodes ? nodeModules : controlPlaneModules)
  await ensurePause()
}

export async function up(name: string, nodes: boolean): Promise<void> {
  const paths = clusterPaths(name)
  const found = await readRecord(name)
  if (found !== undefined) {
    const sick = await ailment(found)
    if (sick === undefined) return progress(`cluster ${name} is already up and healthy`)
    progress(`cluster ${name} is not healthy (${sick}); starting it afresh`)
    await down(found)
  }
  await prepare(nodes)
  await rm(paths.root, { recursive: true, force: true })
  await mkdir(paths.config, { recursive: true })
  const holder = await createNamespaces()
  let record: ClusterRecord = { name, kind: 'local', nodes, index: -1, holder }
  try {
    await writeRecord(record)
    await furnish(holder, nodeName)
    record = { ...record, index: await connect(holder, await takenIndexes()) }
    await writeRecord(record)
    await start(record, holder, paths)
  } catch (cause) {
    await stop(record)
    throw new Error(`cluster ${name} did not start; its logs are in ${paths.log}`, { cause })
  }
}

async function takenIndexes(): Promise<ReadonlySet<number>> {
  const records = await Promise.all((await recordedNames()).map(readRecord))
  return new Set(records.flatMap((record) => (record === undefined ? [] : [record.index])))
}

async function start({ name, nodes, index }: ClusterRecord, holder: ProcessMark, paths: ClusterPaths): Promise<void> {
  const addresses = addressesOf(index)
  const { server } = addresses
  progress('certificates and configuration')
  await createPki(paths, addresses)
  await writeKubeconfig(paths, paths.kubeconfig, { identity: 'admin', cluster: `bellows-${name}`, server })
  for (const identity of ['controller-manager', 'scheduler', 'node', 'proxy', 'coredns'] as const) {
    await writeKubeconfig(paths, join(paths.config, `${identity}.kubeconfig`), { identity, cluster: name, server })
  }
  await writeFile(join(paths.config, 'scheduler.yaml'), JSON.stringify(schedulerConfig(paths)))
  if (nodes) {
    await createCgroup(name)
    await writeNodeConfig(paths, addresses, cgroupOf(name))
    await startComponent(holder, paths, containerd(paths))
  }
  progress(`control plane at ${server}`)
  const access = await apiAccess(paths.kubeconfig)
  for (const component of controlPlane(paths, addresses)) {
    await startComponent(holder, paths, component)
    if (component.name === 'kube-apiserver') {
      if (nodes) await until('containerd', holder, paths, () => importPauseImage(holder))
      await until('kube-apiserver', holder, paths, () => answers(access, '/readyz'))
    }
  }
  if (nodes) {
    progress('node')
    await createClusterObjects(access, addresses)
    for (const component of nodeAgents(paths, addresses)) await startComponent(holder, paths, component)
    await until('kubelet', holder, paths, () => nodeIsReady(access))
  }
  const account = '/api/v1/namespaces/default/serviceaccounts/default'
  await until('kube-controller-manager', holder, paths, () => answers(access, account))
  progress(`cluster ${name} is up`)
}

/** Waits for a part to do its work, and gives up at once when its process has ended. */
async function until(
  component: string,
  holder: ProcessMark,
  paths: ClusterPaths,
  works: () => Promise<boolean>,
): Promise<void> {
  const deadline = Date.now() + 90_000
  for (let tries = 0; ; tries++) {
    if (await works().catch(() => false)) return
    const ended = tries > 5 && !(await componentRuns(holder, paths, component))
    if (ended || Date.now() > deadline) {
      const what = `${component} ${ended ? 'ended' : 'is not ready after 90 s'}`
      throw new Error(what, { cause: new Error(await logTail(paths, component)) })
    }
    await sleep(100)
  }
}

async function answers(access: ApiAccess, path: string): Promise<boolean> {
  return (await callApi(access, path)).status === 200
}

async function nodeIsReady(access: ApiAccess): Promise<boolean> {
  const reply = await callApi(access, `/api/v1/nodes/${nodeName}`)
  const node = JSON.parse(reply.body) as { status?: { conditions?: readonly { type: string; status: string }[] } }
  return node.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false
}

/** Why the cluster is of no use, or nothing when it is healthy. */
export async function ailment({ name, nodes, index, holder }: ClusterRecord): Promise<string | undefined> {
  if (holder === undefined || !(await isRunning(holder))) return 'its processes are gone'
  const paths = clusterPaths(name)
  const addresses = addressesOf(index)
  const parts = [
    ...controlPlane(paths, addresses),
    ...(nodes ? [containerd(paths), ...nodeAgents(paths, addresses)] : []),
  ]
  const running = await Promise.all(parts.map(({ name: part }) => componentRuns(holder, paths, part)))
  const ended = parts.filter((_, place) => !running[place]).map(({ name: part }) => part)
  if (ended.length > 0) return `not running: ${ended.join(', ')}`
  try {
    const access = await apiAccess(paths.kubeconfig)
    if (!(await answers(access, '/readyz'))) return 'the API server is not ready'
    if (nodes && !(await nodeIsReady(access))) return 'the node is not ready'
  } catch (cause) {
    return cause instanceof Error ? cause.message : String(cause)
  }
  return undefined
}

/** Ends every process of the cluster and takes away what it left on the machine; its files stay for a look at the logs. */
async function stop({ name, index, holder }: ClusterRecord): Promise<void> {
  if (holder !== undefined) await killMarked(holder)
  if (index >= 0) await attempt('ip', ['link', 'delete', addressesOf(index).device])
  await removeCgroup(name)
  await rm(clusterPaths(name).record, { force: true })
}

export async function down(record: ClusterRecord): Promise<void> {
  await stop(record)
  await rm(clusterPaths(record.name).root, { recursive: true, force: true })
}
