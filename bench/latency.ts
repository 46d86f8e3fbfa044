/**
 * From apply to the first result, beside one raw pod of the same image on the same node, in turn.
 *
 *   BELLOWS_KUBECONFIG=… npm run bench:latency     needs a real node with the image, and the operator installed
 *
 * Raw pod: POST → the watch shows it Succeeded; the pod prints one line. Application: POST of a SparkApplication whose
 * SQL the driver answers by itself → the watch shows it COMPLETED. Both therefore end with an answer that is seen through the API.
 */
import { SparkApplications } from '../src/api/resource-types.ts'
import type { Cluster } from '../src/kube/cluster.ts'
import type { KubeObject } from '../src/kube/object.ts'
import type { Pod } from '../src/kube/pod.ts'
import { ConfigMaps, Namespaces, Pods } from '../src/kube/resource-type.ts'
import { benchCluster, makeNamespace, whenObject } from './lib/cluster.ts'
import { type Figure, median, report } from './lib/figure.ts'

const ROUNDS = Number(process.env.ROUNDS ?? 7)
const IMAGE = process.env.BELLOWS_IMAGE ?? 'bellows:dev'

const rawPod = (namespace: string, index: number): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: `raw-${index}`, namespace },
  spec: {
    restartPolicy: 'Never',
    automountServiceAccountToken: false,
    containers: [
      {
        name: 'main',
        image: IMAGE,
        imagePullPolicy: 'IfNotPresent',
        args: ['-e', 'console.log(42)'],
        resources: { requests: { cpu: '100m', memory: '64Mi' } },
      },
    ],
  },
})

const application = (namespace: string, index: number): KubeObject => ({
  apiVersion: 'sparkoperator.k8s.io/v1beta2',
  kind: 'SparkApplication',
  metadata: { name: `app-${index}`, namespace },
  spec: {
    type: 'SQL',
    program: 'SELECT 6 * 7 AS answer',
    driver: { cores: 1, coreRequest: '100m', memory: '256m' },
    executor: { instances: 1, coreRequest: '100m', memory: '256m' },
  },
})

/** The same, but the answer comes from an executor pod that the driver starts first. */
const distributed = (namespace: string, index: number): KubeObject => {
  const mount = { configMaps: [{ name: 'numbers', path: '/data' }], coreRequest: '100m', memory: '256m' }
  return {
    ...application(namespace, index),
    metadata: { name: `dist-${index}`, namespace },
    spec: {
      type: 'SQL',
      program:
        "CREATE TEMPORARY VIEW numbers USING csv OPTIONS (path '/data/numbers.csv', header 'true', inferSchema 'true'); SELECT sum(n) AS total FROM numbers",
      sparkConf: { 'spark.bellows.local.maxBytes': '0' },
      driver: { cores: 1, ...mount },
      executor: { instances: 1, ...mount },
    },
  }
}

const stateOf = (object: KubeObject): string =>
  (object.status as { readonly applicationState?: { readonly state?: string } } | undefined)?.applicationState?.state ??
  ''

const seconds = (from: number, to: number): number => (to - from) / 1000

const timePod = async (
  cluster: Cluster,
  namespace: string,
  index: number,
): Promise<{ running: number; done: number }> => {
  const from = performance.now()
  const created = await cluster.create(Pods, rawPod(namespace, index))
  const running = await whenObject(
    cluster,
    Pods,
    created,
    (pod) => ['Running', 'Succeeded'].includes(pod.status?.phase ?? ''),
    60_000,
  )
  const done = await whenObject(cluster, Pods, running.object, (pod) => pod.status?.phase === 'Succeeded', 60_000)
  return { running: seconds(from, running.at), done: seconds(from, done.at) }
}

const timeApplication = async (cluster: Cluster, app: KubeObject): Promise<number> => {
  const from = performance.now()
  const created = await cluster.create(SparkApplications, app)
  const ended = await whenObject(
    cluster,
    SparkApplications,
    created,
    (app) => ['COMPLETED', 'FAILED'].includes(stateOf(app)),
    60_000,
  )
  if (stateOf(ended.object) !== 'COMPLETED')
    throw new Error(`application failed: ${JSON.stringify(ended.object.status)}`)
  return seconds(from, ended.at)
}

const cluster = await benchCluster()
const namespace = `bench-latency-${process.pid}`
const made = await makeNamespace(cluster, namespace)
await cluster.create(ConfigMaps, {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'numbers', namespace },
  data: { 'numbers.csv': `n\n${Array.from({ length: 1000 }, (_, n) => n).join('\n')}\n` },
})
try {
  const raw: number[] = []
  const rawRunning: number[] = []
  const apps: number[] = []
  const ratios: number[] = []
  const executors: number[] = []
  const executorRatios: number[] = []
  // Round 0 warms caches of node and server and is not counted.
  for (let round = 0; round <= ROUNDS; round += 1) {
    const pod = await timePod(cluster, namespace, round)
    const app = await timeApplication(cluster, application(namespace, round))
    const withExecutor = await timeApplication(cluster, distributed(namespace, round))
    console.error(
      `round ${round}: raw pod ${pod.done.toFixed(2)} s (running ${pod.running.toFixed(2)} s), application ${app.toFixed(2)} s, with an executor ${withExecutor.toFixed(2)} s`,
    )
    if (round === 0) continue
    raw.push(pod.done)
    rawRunning.push(pod.running)
    apps.push(app)
    ratios.push(app / pod.done)
    executors.push(withExecutor)
    executorRatios.push(withExecutor / pod.done)
  }
  const figures: readonly Figure[] = [
    { name: 'raw_pod_create_to_succeeded', value: median(raw), unit: 's', samples: raw },
    { name: 'raw_pod_create_to_running', value: median(rawRunning), unit: 's', samples: rawRunning },
    { name: 'apply_to_first_result', value: median(apps), unit: 's', samples: apps },
    {
      name: 'apply_to_first_result_vs_raw_pod',
      value: median(ratios),
      unit: 'ratio',
      bar: { kind: 'atMost', value: 1.5 },
      samples: ratios,
    },
    { name: 'apply_to_result_from_executor', value: median(executors), unit: 's', samples: executors },
    {
      name: 'apply_to_result_from_executor_vs_raw_pod',
      value: median(executorRatios),
      unit: 'ratio',
      samples: executorRatios,
    },
  ]
  report('latency', figures, [`${ROUNDS} rounds, raw pod and application in turn, medians`])
} finally {
  await cluster.delete(Namespaces, { name: namespace }, { uid: made.metadata.uid ?? '' })
  await cluster.close()
}
