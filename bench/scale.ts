/**
 * Many applications on a real API server, etcd and scheduler, with simulated nodes and pods (KWOK).
 *
 *   npm run bench:scale            1,000 at once, a steady 3,000 a minute, then up to 10,000
 *   APPS=2000 npm run bench:scale  a smaller top
 *
 * Floor: what the same API server takes when a script posts a Secret and a pod an application, and nothing else.
 * The operator is a process of this machine; its CPU and memory are read from /proc, its latencies and requests from
 * its own metrics. Load generator, API server, etcd, KWOK and operator share the machine.
 */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { SparkApplications } from '../src/api/resource-types.ts'
import type { Cluster } from '../src/kube/cluster.ts'
import { isAlreadyExists, isExpired, TransportError } from '../src/kube/errors.ts'
import type { KubeObject } from '../src/kube/object.ts'
import { Pods, Secrets } from '../src/kube/resource-type.ts'
import { kubectl } from '../test/cluster/client.ts'
import { startKwok } from '../test/cluster/kwok.ts'
import { benchApplication } from './lib/application.ts'
import { benchCluster, makeNamespace } from './lib/cluster.ts'
import { type Figure, report } from './lib/figure.ts'
import { type OperatorProcess, startOperator } from './lib/operator-process.ts'
import { sampleProcess, watchProcess } from './lib/process-sample.ts'
import { quantileBetween, type Sample, total } from './lib/prometheus-text.ts'

const TOP = Number(process.env.APPS ?? 10_000)
/** How long a simulated driver runs. */
const RUN_SECONDS = 30
const STEADY_PER_SECOND = 50
const STEADY_SECONDS = 20
const root = join(import.meta.dirname, '..')
const run = promisify(execFile)

const clusterCommand = async (...args: readonly string[]): Promise<string> =>
  (
    await run(process.execPath, [join(root, 'test/cluster/main.ts'), '--name', 'bench', ...args], {
      maxBuffer: 1 << 24,
    })
  ).stdout.trim()

/** Follows the drivers and the applications of the namespace, so that nothing has to be polled. */
const follow = (cluster: Cluster, namespace: string) => {
  const drivers = new Set<string>()
  const completed = new Set<string>()
  const failed: string[] = []
  const abort = new AbortController()
  let wake = (): void => {}
  const watch = async (
    type: typeof Pods | typeof SparkApplications,
    seen: (object: KubeObject) => void,
  ): Promise<void> => {
    // A kind that was made a moment ago has no history before its first list.
    let from = (await cluster.list(type, { namespace, limit: 1 })).resourceVersion
    while (!abort.signal.aborted) {
      try {
        for await (const event of cluster.watch(type, { namespace, resourceVersion: from, signal: abort.signal })) {
          if (event.type === 'ERROR') throw event.error
          if (event.type === 'BOOKMARK') {
            from = event.resourceVersion
            continue
          }
          from = event.object.metadata.resourceVersion ?? from
          seen(event.object)
          wake()
        }
      } catch (error) {
        if (abort.signal.aborted) return
        // A kind that was made a moment ago may not be served yet; a version that is too old would lose changes.
        if (isExpired(error)) throw error
        await new Promise((resolve) => setTimeout(resolve, 200))
      }
    }
  }
  const watches = Promise.all([
    watch(Pods, (pod) => {
      if (pod.metadata.labels?.['spark-role'] === 'driver') drivers.add(pod.metadata.uid ?? '')
    }),
    watch(SparkApplications, (app) => {
      const state = (app.status as { readonly applicationState?: { readonly state?: string } } | undefined)
        ?.applicationState?.state
      if (state === 'COMPLETED') completed.add(app.metadata.name)
      if (state === 'FAILED' || state === 'SUBMISSION_FAILED')
        failed.push(`${app.metadata.name}: ${JSON.stringify(app.status)}`)
    }),
  ])
  let broken: unknown
  watches.catch((error: unknown) => {
    broken = error
    wake()
  })
  return {
    drivers,
    completed,
    until: async (what: () => boolean, name: string, timeoutMs: number): Promise<number> => {
      const deadline = performance.now() + timeoutMs
      while (!what()) {
        if (broken !== undefined) throw new Error('the watch of the benchmark broke', { cause: broken })
        if (failed.length > 0) throw new Error(`an application failed: ${failed[0]}`)
        if (performance.now() > deadline) {
          throw new Error(
            `${name}: not reached in ${timeoutMs / 1000} s (${drivers.size} drivers, ${completed.size} completed)`,
          )
        }
        await new Promise<void>((resolve) => {
          wake = resolve
          setTimeout(resolve, 1_000)
        })
      }
      return performance.now()
    },
    stop: async () => {
      abort.abort()
      await watches.catch(() => {})
    },
  }
}

type Follower = ReturnType<typeof follow>

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

const requests = (samples: readonly Sample[]): number => total(samples, 'bellows_api_requests_total')

/** `count` applications as fast as the API server takes them. */
const burst = async (
  label: string,
  cluster: Cluster,
  operator: OperatorProcess,
  follower: Follower,
  namespace: string,
  count: number,
): Promise<readonly Figure[]> => {
  const first = follower.drivers.size
  const before = { process: sampleProcess(operator.pid), metrics: await operator.metrics() }
  const memory = watchProcess(operator.pid)
  const start = performance.now()
  const creating = createMany(cluster, namespace, first, count)
  const submitted = await follower.until(() => follower.drivers.size >= first + count, `${label}: all drivers`, 600_000)
  const submittedProcess = sampleProcess(operator.pid)
  await creating
  await follower.until(() => follower.completed.size >= first + count, `${label}: all completed`, 600_000)
  memory.stop()
  const metrics = await operator.metrics()
  const seconds = (submitted - start) / 1000
  console.error(`${label}: ${count} drivers in ${seconds.toFixed(1)} s`)
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
          metadata: meta(name),
          spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'none' }] },
        })
      }
    }),
  )
  const seconds = (performance.now() - start) / 1000
  console.error(`floor: ${count} Secrets and pods in ${seconds.toFixed(1)} s`)
  return { name: 'floor_secret_and_pod', value: (count / seconds) * 60, unit: '1/min' }
}

/** The rate of the bar, offered evenly: what a change waits for from being seen to the first write. */
const steady = async (
  cluster: Cluster,
  operator: OperatorProcess,
  follower: Follower,
  namespace: string,
): Promise<readonly Figure[]> => {
  const first = follower.drivers.size
  const count = STEADY_PER_SECOND * STEADY_SECONDS
  const before = { process: sampleProcess(operator.pid), metrics: await operator.metrics() }
  const start = performance.now()
  const pending: Promise<unknown>[] = []
  for (let index = 0; index < count; index += 1) {
    const due = start + (index * 1000) / STEADY_PER_SECOND
    const wait = due - performance.now()
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait))
    pending.push(createOne(cluster, benchApplication(namespace, `app-${first + index}`)))
  }
  await Promise.all(pending)
  const submitted = await follower.until(() => follower.drivers.size >= first + count, 'steady: all drivers', 300_000)
  const seconds = (submitted - start) / 1000
  const after = sampleProcess(operator.pid)
  await follower.until(() => follower.completed.size >= first + count, 'steady: all completed', 300_000)
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
  ]
}

console.error('starting a control plane without nodes')
await clusterCommand('up', '--no-node', '--yes')
const kubeconfig = await clusterCommand('kubeconfig')
process.env.BELLOWS_KUBECONFIG = kubeconfig
const figures: Figure[] = []
const kwok = await startKwok({ kubeconfig, nodes: 20, runMs: RUN_SECONDS * 1000 })
const cluster = await benchCluster()
let operator: OperatorProcess | undefined
let follower: Follower | undefined
try {
  await kubectl(['apply', '-f', join(root, 'crds')], { kubeconfig })
  await kubectl(['wait', '--for=condition=Established', '--timeout=60s', '-f', join(root, 'crds')], { kubeconfig })
  const namespace = `bench-${process.pid}`
  await makeNamespace(cluster, namespace)
  operator = await startOperator({ BELLOWS_KUBECONFIG: kubeconfig })
  figures.push({ name: 'idle_operator_rss', value: sampleProcess(operator.pid).rssMiB, unit: 'MiB' })
  follower = follow(cluster, namespace)
  await burst('warmup', cluster, operator, follower, namespace, 50)
  figures.push(await floor(cluster, 1_000))
  figures.push(...(await burst('burst_1000', cluster, operator, follower, namespace, 1_000)))
  figures.push(...(await steady(cluster, operator, follower, namespace)))
  const rest = TOP - follower.drivers.size
  if (rest > 0) figures.push(...(await burst(`to_${TOP}`, cluster, operator, follower, namespace, rest)))
  const idle = sampleProcess(operator.pid)
  await new Promise((resolve) => setTimeout(resolve, 10_000))
  const later = sampleProcess(operator.pid)
  figures.push(
    { name: `idle_cpu_at_${TOP}`, value: (later.cpuSeconds - idle.cpuSeconds) / 10, unit: 'cores' },
    { name: `idle_rss_at_${TOP}`, value: later.rssMiB, unit: 'MiB', bar: { kind: 'atMost', value: 256 } },
  )
} finally {
  if (figures.length > 1) report('scale', figures, ['control plane, KWOK, load generator and operator on one machine'])
  await follower?.stop()
  await operator?.stop()
  await cluster.close()
  await kwok.stop()
  await clusterCommand('down', '--yes')
}
