/**
 * From apply to the driver pod of an application of Apache Spark, beside spark-submit in cluster mode, in turn; then many
 * at once. Pods need no node: none takes them.
 *
 *   BELLOWS_KUBECONFIG=… npm run bench:submit     needs an API server with the CRDs and without another operator, a JVM
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SparkApplications } from '../src/api/resource-types.ts'
import type { KubeObject } from '../src/kube/object.ts'
import type { Pod } from '../src/kube/pod.ts'
import { Namespaces, Pods, RoleBindings, ServiceAccounts } from '../src/kube/resource-type.ts'
import { sparkHome } from '../test/cluster/spark-image.ts'
import { benchCluster, makeNamespace } from './lib/cluster.ts'
import { type Figure, median, report } from './lib/figure.ts'
import { type OperatorProcess, startOperator } from './lib/operator-process.ts'
import { sampleProcess } from './lib/process-sample.ts'
import { submitWithSpark } from './lib/spark-submit.ts'
import { tokenKubeconfig } from './lib/token-kubeconfig.ts'

const ROUNDS = Number(process.env.ROUNDS ?? 5)
const AT_ONCE = 20
const NOWHERE = { 'bellows.dev/nowhere': 'true' }
const IMAGE = 'localhost/spark:4.1.1'

const application = (namespace: string, name: string): KubeObject => ({
  apiVersion: 'sparkoperator.k8s.io/v1beta2',
  kind: 'SparkApplication',
  metadata: { name, namespace },
  spec: {
    type: 'Python',
    sparkVersion: '4.1.1',
    image: IMAGE,
    mainApplicationFile: 'local:///app/main.py',
    nodeSelector: NOWHERE,
    driver: { memory: '512m' },
    executor: { instances: 2, memory: '512m' },
  },
})

const cluster = await benchCluster()
const namespace = `bench-submit-${process.pid}`
const made = await makeNamespace(cluster, namespace)
const folder = mkdtempSync(join(tmpdir(), 'bellows-bench-submit-'))

/** Resolves with the moment at which the watch has shown driver pods of all these names. */
const whenDrivers = async (names: readonly string[]): Promise<() => Promise<number>> => {
  const { resourceVersion } = await cluster.list<Pod>(Pods, { namespace })
  const abort = AbortSignal.timeout(300_000)
  const missing = new Set(names)
  const seen = (async (): Promise<number> => {
    for await (const event of cluster.watch<Pod>(Pods, { namespace, resourceVersion, signal: abort })) {
      if (event.type === 'ERROR') throw event.error
      if (event.type === 'ADDED') missing.delete(event.object.metadata.name)
      if (missing.size === 0) return performance.now()
    }
    throw new Error(`no driver pod of ${[...missing].join(', ')}`)
  })()
  return () => seen
}

/** Seconds from the POST to the driver pod, and CPU seconds of the operator until it rests again. */
const submitWithBellows = async (operator: OperatorProcess, names: readonly string[]) => {
  const drivers = await whenDrivers(names.map((name) => `${name}-driver`))
  const before = sampleProcess(operator.pid).cpuSeconds
  const from = performance.now()
  await Promise.all(names.map((name) => cluster.create(SparkApplications, application(namespace, name))))
  const seconds = ((await drivers()) - from) / 1000
  return { seconds, cpuSeconds: (await restingCpu(operator)) - before }
}

const restingCpu = async (operator: OperatorProcess): Promise<number> => {
  for (let last = sampleProcess(operator.pid).cpuSeconds; ; ) {
    await new Promise((resolve) => setTimeout(resolve, 1_500))
    const now = sampleProcess(operator.pid).cpuSeconds
    if (now - last < 0.02) return now
    last = now
  }
}

try {
  await cluster.create(ServiceAccounts, {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'spark', namespace },
  })
  await cluster.create(RoleBindings, {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name: 'spark', namespace },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'admin' },
    subjects: [{ kind: 'ServiceAccount', name: 'spark', namespace }],
  })
  // By token: Spark's client reads no certificates of the kind that the local cluster has.
  const account = { namespace, name: 'spark' }
  const kubeconfig = await tokenKubeconfig(process.env.BELLOWS_KUBECONFIG ?? '', account, folder)
  const operator = await startOperator({ BELLOWS_NAMESPACE: namespace })
  const home = await sparkHome()
  const ours: { seconds: number; cpuSeconds: number }[] = []
  const theirs: { seconds: number; cpuSeconds: number; peakRssMiB: number }[] = []
  // Round 0 makes the namespace's role and warms both, and is not counted.
  for (let round = 0; round <= ROUNDS; round += 1) {
    const mine = await submitWithBellows(operator, [`app-${round}`])
    const name = `submit-${round}`
    const driver = await whenDrivers([name])
    const peer = await submitWithSpark(
      { kubeconfig, home, namespace, podName: name, image: IMAGE, nodeSelector: NOWHERE },
      driver,
    )
    console.error(
      `round ${round}: Bellows ${mine.seconds.toFixed(3)} s and ${mine.cpuSeconds.toFixed(2)} CPU-s, spark-submit ${peer.seconds.toFixed(2)} s and ${peer.cpuSeconds.toFixed(2)} CPU-s`,
    )
    if (round === 0) continue
    ours.push(mine)
    theirs.push(peer)
  }
  const burst = await submitWithBellows(
    operator,
    Array.from({ length: AT_ONCE }, (_, index) => `burst-${index}`),
  )
  const { rssMiB } = sampleProcess(operator.pid)
  await operator.stop()
  const ratios = ours.map(({ seconds }, index) => theirs[index]!.seconds / seconds)
  const figures: readonly Figure[] = [
    {
      name: 'apply_to_driver_pod',
      value: median(ours.map(({ seconds }) => seconds)),
      unit: 's',
      bar: { kind: 'atMost', value: 0.3 },
      samples: ours.map(({ seconds }) => seconds),
    },
    { name: 'spark_submit_to_driver_pod', value: median(theirs.map(({ seconds }) => seconds)), unit: 's' },
    {
      name: 'driver_pod_sooner_than_spark_submit',
      value: median(ratios),
      unit: 'times',
      bar: { kind: 'atLeast', value: 20 },
      samples: ratios,
    },
    {
      name: 'operator_cpu_per_submission',
      value: burst.cpuSeconds / AT_ONCE,
      unit: 'CPU-s',
      bar: { kind: 'atMost', value: 0.05 },
    },
    { name: 'spark_submit_cpu', value: median(theirs.map(({ cpuSeconds }) => cpuSeconds)), unit: 'CPU-s' },
    { name: 'twenty_at_once', value: burst.seconds, unit: 's', bar: { kind: 'atMost', value: 3 } },
    { name: 'operator_rss', value: rssMiB, unit: 'MiB' },
    { name: 'spark_submit_peak_rss', value: median(theirs.map(({ peakRssMiB }) => peakRssMiB)), unit: 'MiB' },
  ]
  report('submit', figures, [
    `${ROUNDS} rounds, Bellows and spark-submit in turn, medians; ${AT_ONCE} at once at the end`,
  ])
} finally {
  await cluster.delete(Namespaces, { name: namespace }, { uid: made.metadata.uid ?? '' })
  await cluster.close()
  rmSync(folder, { recursive: true })
}
