/**
 * Many applications on a real API server, etcd and scheduler, with simulated nodes and pods (KWOK).
 *
 *   npm run bench:scale            1,000 at once, a steady 1,500 a minute, then up to 10,000
 *   APPS=2000 npm run bench:scale  a smaller top
 *   STEADY_PER_SECOND=50 npm run bench:scale  another steady rate
 *   PHASES=burst npm run bench:scale  only some of floor, burst, steady, top
 *
 * Floor: what the same API server takes when a script posts a Secret and a pod an application, and nothing else.
 * The operator is a process of this machine; its CPU and memory are read from /proc, its latencies and requests from
 * its own metrics. Load generator, API server, etcd, KWOK and operator share the machine.
 */
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { loadAll } from 'js-yaml'
import { SparkApplications } from '../src/api/resource-types.ts'
import { same } from '../src/controller/same.ts'
import type { Cluster } from '../src/kube/cluster.ts'
import { isAlreadyExists, TransportError } from '../src/kube/errors.ts'
import { loadCredentials } from '../src/kube/kubeconfig.ts'
import type { KubeObject } from '../src/kube/object.ts'
import { Pods, Secrets } from '../src/kube/resource-type.ts'
import { Transport } from '../src/kube/transport.ts'
import { kubectl } from '../test/cluster/client.ts'
import { startKwok } from '../test/cluster/kwok.ts'
import { staysAnnotation } from '../test/cluster/kwok-stages.ts'
import { clusterPaths } from '../test/cluster/paths.ts'
import { benchApplication } from './lib/application.ts'
import { benchCluster, makeNamespace } from './lib/cluster.ts'
import { type Components, controlPlaneOf, cpuFigures, cpuOf } from './lib/component-cpu.ts'
import { type Figure, report } from './lib/figure.ts'
import { type Follower, follow } from './lib/follow.ts'
import { type OperatorProcess, startOperator } from './lib/operator-process.ts'
import { sampleProcess, watchProcess } from './lib/process-sample.ts'
import { quantileBetween, type Sample, total } from './lib/prometheus-text.ts'
import { tokenKubeconfig } from './lib/token-kubeconfig.ts'

const TOP = Number(process.env.APPS ?? 10_000)
/** How long a simulated driver runs. */
const RUN_SECONDS = 30
const NODES = 5
const PHASES = (process.env.PHASES ?? 'floor,burst,steady,top').split(',')
/** What the API server of two cores takes with every report written is about 35: above it only its queue is measured. */
const STEADY_PER_SECOND = Number(process.env.STEADY_PER_SECOND ?? 25)
const STEADY_SECONDS = 20
const root = join(import.meta.dirname, '..')
const run = promisify(execFile)

/**
 * The control plane and KWOK collect garbage at five times their live heap instead of twice: with two cores and memory to
 * spare, a quarter of the API server's CPU goes there otherwise. Set GOGC to measure something else.
 */
const GOGC = process.env.GOGC ?? '400'
process.env.GOGC = GOGC

const clusterCommand = async (...args: readonly string[]): Promise<string> =>
  (
    await run(process.execPath, [join(root, 'test/cluster/main.ts'), '--name', 'bench', ...args], {
      maxBuffer: 1 << 24,
    })
  ).stdout.trim()

/** Creates it, however often the connection breaks: an answer that was lost shows as AlreadyExists. */
const createOne = async (cluster: Cluster, object: KubeObject): Promise<void> => {
  for (;;) {
    try {
      await cluster.create(SparkApplications, object)
      return
    } catch (error) {
      if (isAlreadyExists(error)) return
      if (!(error instanceof TransportError)) throw error
    }
  }
}

const createMany = async (cluster: Cluster, namespace: string, from: number, count: number): Promise<void> => {
  let next = from
  await Promise.all(
    Array.from({ length: 32 }, async () => {
      while (next < from + count) {
        const name = `app-${next}`
        next += 1
        await createOne(cluster, benchApplication(namespace, name))
      }
    }),
  )
}

/** What the operator asked of the API server for each application, most first. */
const requestTable = (before: readonly Sample[], after: readonly Sample[], count: number): string =>
  after
    .filter(({ name }) => name === 'bellows_api_requests_total')
    .map(({ labels, value }) => {
      const old = before.find((sample) => sample.name === 'bellows_api_requests_total' && same(sample.labels, labels))
      return { what: Object.values(labels).join(' '), each: (value - (old?.value ?? 0)) / count }
    })
    .filter(({ each }) => each >= 0.005)
    .sort((a, b) => b.each - a.each)
    .map(({ what, each }) => `  ${each.toFixed(2)} ${what}`)
    .join('\n')

const requests = (samples: readonly Sample[]): number => total(samples, 'bellows_api_requests_total')

interface Bench {
  readonly cluster: Cluster
  readonly operator: OperatorProcess
  readonly components: Components
  readonly follower: Follower
  readonly namespace: string
}

/** `count` applications as fast as the API server takes them. */
const burst = async (
  label: string,
  { cluster, operator, components, follower, namespace }: Bench,
  count: number,
): Promise<readonly Figure[]> => {
  const first = await follower.drivers()
  const before = { process: sampleProcess(operator.pid), metrics: await operator.metrics() }
  const memory = watchProcess(operator.pid)
  const spent = cpuOf(components)
  const start = performance.now()
  const creating = createMany(cluster, namespace, first, count)
  const submitted = await follower.untilDrivers(first + count, 600_000)
  const submittedProcess = sampleProcess(operator.pid)
  const spentThen = cpuOf(components)
  await creating
  await follower.untilCompleted(first + count, 600_000)
  memory.stop()
  const metrics = await operator.metrics()
  const seconds = (submitted - start) / 1000
  console.error(`${label}: ${count} drivers in ${seconds.toFixed(1)} s`)
  console.error(requestTable(before.metrics, metrics, count))
  return [
    {
      name: `${label}_submissions`,
      value: (count / seconds) * 60,
      unit: '1/min',
      bar: { kind: 'atLeast', value: 3_000 },
    },
    {
      name: `${label}_operator_cpu`,
      value: (submittedProcess.cpuSeconds - before.process.cpuSeconds) / seconds,
      unit: 'cores',
      bar: { kind: 'atMost', value: 1 },
    },
    {
      name: `${label}_operator_peak_rss`,
      value: memory.peakRssMiB(),
      unit: 'MiB',
      bar: { kind: 'atMost', value: 256 },
    },
    {
      name: `${label}_api_requests_per_application`,
      value: (requests(metrics) - requests(before.metrics)) / count,
      unit: 'requests',
    },
    ...cpuFigures(label, spent, spentThen, count),
  ]
}

/** A Secret and a pod each, posted by this script: no application, no status, no events, no operator. */
const floor = async (cluster: Cluster, count: number): Promise<Figure> => {
  const namespace = `bench-floor-${process.pid}`
  await makeNamespace(cluster, namespace)
  const meta = (name: string) => ({ name, namespace })
  let next = 0
  const start = performance.now()
  await Promise.all(
    Array.from({ length: 32 }, async () => {
      while (next < count) {
        const name = `floor-${next}`
        next += 1
        await cluster.create(Secrets, { apiVersion: 'v1', kind: 'Secret', metadata: meta(name), data: { a: 'YQ==' } })
        await cluster.create(Pods, {
          apiVersion: 'v1',
          kind: 'Pod',
          // Pods that ended half a minute later would do so in the middle of what is measured next.
          metadata: { ...meta(name), annotations: { [staysAnnotation]: '' } },
          spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'none' }] },
        })
      }
    }),
  )
  const seconds = (performance.now() - start) / 1000
  console.error(`floor: ${count} Secrets and pods in ${seconds.toFixed(1)} s`)
  // What the scheduler and the nodes still have to do for them must not fall into what is measured next.
  const waiting = { namespace, fieldSelector: 'status.phase=Pending', limit: 1 }
  while ((await cluster.list(Pods, waiting)).items.length > 0) await new Promise((resolve) => setTimeout(resolve, 500))
  return { name: 'floor_secret_and_pod', value: (count / seconds) * 60, unit: '1/min' }
}

/** Applications offered evenly: what a change waits for from being seen to the first write. */
const steady = async ({ cluster, operator, components, follower, namespace }: Bench): Promise<readonly Figure[]> => {
  const first = await follower.drivers()
  const count = STEADY_PER_SECOND * STEADY_SECONDS
  const before = { process: sampleProcess(operator.pid), metrics: await operator.metrics() }
  const spent = cpuOf(components)
  const start = performance.now()
  const pending: Promise<unknown>[] = []
  for (let index = 0; index < count; index += 1) {
    const due = start + (index * 1000) / STEADY_PER_SECOND
    const wait = due - performance.now()
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait))
    pending.push(createOne(cluster, benchApplication(namespace, `app-${first + index}`)))
  }
  await Promise.all(pending)
  const submitted = await follower.untilDrivers(first + count, 300_000)
  const seconds = (submitted - start) / 1000
  const after = sampleProcess(operator.pid)
  const spentThen = cpuOf(components)
  await follower.untilCompleted(first + count, 300_000)
  const metrics = await operator.metrics()
  const name = 'bellows_first_write_seconds'
  const labels = { controller: 'sparkapplication' }
  return [
    { name: 'steady_submissions', value: (count / seconds) * 60, unit: '1/min' },
    {
      name: 'steady_change_to_write_p99',
      value: quantileBetween(before.metrics, metrics, name, 0.99, labels) * 1000,
      unit: 'ms',
      bar: { kind: 'atMost', value: 100 },
    },
    {
      name: 'steady_change_to_write_p50',
      value: quantileBetween(before.metrics, metrics, name, 0.5, labels) * 1000,
      unit: 'ms',
    },
    {
      name: 'steady_operator_cpu',
      value: (after.cpuSeconds - before.process.cpuSeconds) / seconds,
      unit: 'cores',
      bar: { kind: 'atMost', value: 1 },
    },
    {
      name: 'steady_api_requests_per_application',
      value: (requests(metrics) - requests(before.metrics)) / count,
      unit: 'requests',
    },
    ...cpuFigures('steady', spent, spentThen, count),
  ]
}

/** The operator's own account and role, as shipped; and one for the load generator and KWOK that may do everything. */
const accounts = async (kubeconfig: string, folder: string): Promise<{ operator: string; bench: string }> => {
  const documents = loadAll(await readFile(join(root, 'deploy/operator.yaml'), 'utf8')) as readonly KubeObject[]
  const bench = { namespace: 'kube-system', name: 'bench' }
  const items = [
    ...documents.filter(({ kind }) => kind !== 'Deployment'),
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: bench },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: 'bench' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
      subjects: [{ kind: 'ServiceAccount', ...bench }],
    },
  ]
  await kubectl(['apply', '-f', '-'], { kubeconfig, input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }) })
  return {
    operator: await tokenKubeconfig(kubeconfig, { namespace: 'bellows-system', name: 'bellows-operator' }, folder),
    bench: await tokenKubeconfig(kubeconfig, bench, folder),
  }
}

console.error('starting a control plane without nodes')
await clusterCommand('up', '--no-node', '--yes')
const admin = await clusterCommand('kubeconfig')
const kubeconfigs = await accounts(admin, clusterPaths('bench').root)
process.env.BELLOWS_KUBECONFIG = kubeconfigs.bench
const figures: Figure[] = []
const kwok = await startKwok({ kubeconfig: kubeconfigs.bench, nodes: NODES, runMs: RUN_SECONDS * 1000 })
const cluster = await benchCluster()
const counting = new Transport(await loadCredentials({ kubeconfig: kubeconfigs.bench }))
let operator: OperatorProcess | undefined
try {
  await kubectl(['apply', '-f', join(root, 'crds')], { kubeconfig: admin })
  await kubectl(['wait', '--for=condition=Established', '--timeout=60s', '-f', join(root, 'crds')], {
    kubeconfig: admin,
  })
  const namespace = `bench-${process.pid}`
  await makeNamespace(cluster, namespace)
  operator = await startOperator({ BELLOWS_KUBECONFIG: kubeconfigs.operator })
  const components: Components = {
    ...controlPlaneOf(clusterPaths('bench').root),
    kwok: kwok.process.pid!,
    load_generator: process.pid,
    operator: operator.pid,
  }
  figures.push({ name: 'idle_operator_rss', value: sampleProcess(operator.pid).rssMiB, unit: 'MiB' })
  const follower = follow(cluster, counting, namespace)
  const bench: Bench = { cluster, operator, components, follower, namespace }
  await burst('warmup', bench, 50)
  if (PHASES.includes('floor')) figures.push(await floor(cluster, 1_000))
  if (PHASES.includes('burst')) figures.push(...(await burst('burst_1000', bench, 1_000)))
  if (PHASES.includes('steady')) figures.push(...(await steady(bench)))
  const rest = TOP - (await follower.drivers())
  if (PHASES.includes('top') && rest > 0) figures.push(...(await burst(`to_${TOP}`, bench, rest)))
  const idle = sampleProcess(operator.pid)
  await new Promise((resolve) => setTimeout(resolve, 10_000))
  const later = sampleProcess(operator.pid)
  figures.push(
    { name: `idle_cpu_at_${TOP}`, value: (later.cpuSeconds - idle.cpuSeconds) / 10, unit: 'cores' },
    { name: `idle_rss_at_${TOP}`, value: later.rssMiB, unit: 'MiB', bar: { kind: 'atMost', value: 256 } },
  )
} finally {
  if (figures.length > 1)
    report('scale', figures, [
      `control plane, KWOK (${NODES} nodes), load generator and operator on one machine`,
      `GOGC=${GOGC} for the Go processes`,
    ])
  await operator?.stop()
  counting.close()
  await cluster.close()
  await kwok.stop()
  await clusterCommand('down', '--yes')
}
