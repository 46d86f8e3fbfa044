/**
 * What the operator itself can do: the operator as a process of its own against an API server that costs next to
 * nothing (the embedded cluster's objects in memory, served over loopback by this process). With a real API server on
 * the same two cores, that server is what is measured: see scale.ts, which has that figure beside a floor.
 *
 *   npm run bench:capacity
 */
import { PipelineRuns, Pipelines, SparkApplications } from '../src/api/resource-types.ts'
import { EmbeddedCluster } from '../src/embedded/embedded-cluster.ts'
import { serveRest } from '../src/embedded/rest-server.ts'
import { Events, Pods, RoleBindings, Roles, Secrets, ServiceAccounts } from '../src/kube/resource-type.ts'
import { embeddedKinds } from '../src/main/embedded-kinds.ts'
import { benchApplication } from './lib/application.ts'
import { type Figure, median, report } from './lib/figure.ts'
import { startOperator } from './lib/operator-process.ts'
import { sampleProcess, watchProcess } from './lib/process-sample.ts'
import { quantileBetween, total } from './lib/prometheus-text.ts'

const ROUNDS = Number(process.env.ROUNDS ?? 3)
/** Ten thousand take minutes: a machine in a hurry may take fewer rounds of them. */
const LARGE_ROUNDS = Number(process.env.LARGE_ROUNDS ?? ROUNDS)

interface Round {
  readonly perMinute: number
  readonly cores: number
  readonly peakRssMiB: number
  readonly requests: number
  readonly p99Ms: number
}

const until = async (holds: () => boolean, what: string): Promise<void> => {
  const deadline = performance.now() + 300_000
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`waited in vain for ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

const round = async (applications: number, perSecond: number | undefined): Promise<Round> => {
  const cluster = new EmbeddedCluster({
    resources: embeddedKinds,
    autoCreateNamespaces: true,
    kubelet: false,
    historyLimit: 50_000,
  })
  const types = [
    SparkApplications,
    PipelineRuns,
    Pipelines,
    Pods,
    Secrets,
    Events,
    ServiceAccounts,
    Roles,
    RoleBindings,
  ]
  const rest = await serveRest(cluster, types)
  const operator = await startOperator({ BELLOWS_API_URL: rest.url, BELLOWS_API_TOKEN: rest.token })
  let drivers = 0
  const abort = new AbortController()
  const from = (await cluster.list(Pods)).resourceVersion
  const watching = (async () => {
    for await (const event of cluster.watch(Pods, { resourceVersion: from, signal: abort.signal })) {
      if (event.type === 'ADDED') drivers += 1
    }
  })()
  try {
    const before = { process: sampleProcess(operator.pid), metrics: await operator.metrics() }
    const memory = watchProcess(operator.pid, 50)
    const start = performance.now()
    for (let index = 0; index < applications; index += 1) {
      if (perSecond !== undefined) {
        const wait = start + (index * 1000) / perSecond - performance.now()
        if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait))
      } else if (index % 50 === 0) await new Promise((resolve) => setImmediate(resolve))
      await cluster.create(SparkApplications, benchApplication('bench', `app-${index}`))
    }
    await until(() => drivers >= applications, `${applications} drivers`)
    const seconds = (performance.now() - start) / 1000
    const after = sampleProcess(operator.pid)
    // The statuses that belong to the submissions are written by then, or follow at once.
    let submitted = 0
    while (submitted < applications) {
      await new Promise((resolve) => setTimeout(resolve, 100))
      const { items } = await cluster.list(SparkApplications)
      submitted = items.filter(({ status }) => status !== undefined).length
    }
    const metrics = await operator.metrics()
    memory.stop()
    return {
      perMinute: (applications / seconds) * 60,
      cores: (after.cpuSeconds - before.process.cpuSeconds) / seconds,
      peakRssMiB: memory.peakRssMiB(),
      requests:
        (total(metrics, 'bellows_api_requests_total') - total(before.metrics, 'bellows_api_requests_total')) /
        applications,
      p99Ms:
        quantileBetween(before.metrics, metrics, 'bellows_first_write_seconds', 0.99, {
          controller: 'sparkapplication',
        }) * 1000,
    }
  } finally {
    abort.abort()
    await watching
    await operator.stop()
    await rest.close()
    await cluster.close()
  }
}

const figures: Figure[] = []
const middle = (rounds: readonly Round[], field: keyof Round): number => median(rounds.map((each) => each[field]))

for (const applications of [1_000, 10_000]) {
  const rounds: Round[] = []
  for (let each = 0; each < (applications > 1_000 ? LARGE_ROUNDS : ROUNDS); each += 1) {
    const one = await round(applications, undefined)
    console.error(
      `${applications} applications: ${one.perMinute.toFixed(0)}/min, ${one.cores.toFixed(2)} cores, ${one.peakRssMiB.toFixed(0)} MiB`,
    )
    rounds.push(one)
  }
  figures.push(
    {
      name: `burst_${applications}_submissions`,
      value: middle(rounds, 'perMinute'),
      unit: '1/min',
      bar: { kind: 'atLeast', value: 3_000 },
      samples: rounds.map(({ perMinute }) => perMinute),
    },
    {
      name: `burst_${applications}_operator_cpu`,
      value: middle(rounds, 'cores'),
      unit: 'cores',
      bar: { kind: 'atMost', value: 1 },
    },
    {
      name: `burst_${applications}_operator_peak_rss`,
      value: middle(rounds, 'peakRssMiB'),
      unit: 'MiB',
      bar: { kind: 'atMost', value: 256 },
    },
    { name: `burst_${applications}_api_requests_per_submission`, value: middle(rounds, 'requests'), unit: 'requests' },
  )
}
const steady: Round[] = []
for (let each = 0; each < ROUNDS; each += 1) steady.push(await round(1_000, 50))
figures.push(
  {
    name: 'steady_3000_per_minute_change_to_write_p99',
    value: middle(steady, 'p99Ms'),
    unit: 'ms',
    bar: { kind: 'atMost', value: 100 },
    samples: steady.map(({ p99Ms }) => p99Ms),
  },
  {
    name: 'steady_3000_per_minute_operator_cpu',
    value: middle(steady, 'cores'),
    unit: 'cores',
    bar: { kind: 'atMost', value: 1 },
  },
)
report('capacity', figures, [
  'in-memory API server in the load generator; the operator is a process of its own',
  `medians of ${ROUNDS} rounds, of ${LARGE_ROUNDS} at ten thousand`,
])
