import { hostname } from 'node:os'
import { collectDefaultMetrics, Registry } from 'prom-client'
import { allMetrics } from '../controller/metrics.ts'
import type { Leadership } from '../controller/ports.ts'
import type { Runtime } from '../controller/runtime.ts'
import { serveOperator } from '../gateway/operator-server.ts'
import { connectToApiServer } from '../kube/api-server-cluster.ts'
import { systemClock } from '../kube/clock.ts'
import { loadCredentials } from '../kube/kubeconfig.ts'
import { LeaderElector } from '../kube/lease.ts'
import { writeCounterFrom } from '../kube/write-counter.ts'
import { applicationMetrics } from './application-metrics.ts'
import { assemble, cacheNeeds } from './assemble.ts'
import { loopbackFrom } from './driver-cluster.ts'
import { watchFreshness } from './freshness.ts'
import { makeLogger } from './logger.ts'
import { OPERATOR_HELP, type OperatorOptions, operatorOptions } from './operator-options.ts'
import { runtimeMetrics } from './runtime-metrics.ts'

const DRAIN_MS = 10_000

const run = async (options: OperatorOptions): Promise<void> => {
  const logger = makeLogger(options.logLevel)
  const instance = process.env.BELLOWS_POD_NAME ?? `${hostname()}-${process.pid}`
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const metrics = runtimeMetrics(
    registry,
    ['sparkapplication', 'pipelinerun'],
    [...new Set(cacheNeeds.map(({ type }) => type))],
  )

  const credentials =
    loopbackFrom(process.env) ??
    (await loadCredentials(options.kubeconfig === undefined ? {} : { kubeconfig: options.kubeconfig }))
  const cluster = connectToApiServer(credentials, {
    onRequest: metrics.request,
    writes: writeCounterFrom(process.env),
    userAgent: 'bellows-operator',
  })
  // The gauges read the caches, which the assembly makes: they are asked for only at a scrape.
  const applications = applicationMetrics(registry, () => assembly.applications())
  const assembly = assemble({
    cluster,
    namespace: options.namespace,
    image: options.image,
    workers: options.workers,
    settings: {
      driverStartTimeoutMs: options.driverStartTimeoutSeconds * 1000,
      ...(options.unschedulableTimeoutSeconds === undefined
        ? {}
        : { unschedulableTimeoutMs: options.unschedulableTimeoutSeconds * 1000 }),
      ...(options.defaultTimeToLiveSeconds === undefined
        ? {}
        : { defaultTimeToLiveSeconds: options.defaultTimeToLiveSeconds }),
    },
    instance,
    logger,
    metrics: { ...metrics, controller: allMetrics(metrics.controller, applications) },
  })

  const stopping = new AbortController()
  const server = await serveOperator(
    options.listen,
    { contentType: registry.contentType, metrics: () => registry.metrics() },
    {
      live: () => ({ ok: true, message: 'ok' }),
      ready: () =>
        assembly.caches.synced ? { ok: true, message: 'ok' } : { ok: false, message: 'the caches are not synced yet' },
    },
  )
  logger.info({ port: server.port, server: credentials.server }, 'the operator has started')

  const failed = (error: unknown): void => {
    logger.error({ err: error }, 'the operator cannot go on')
    process.exit(1)
  }
  assembly.caches.run(stopping.signal).catch(failed)
  await assembly.caches.whenSynced()
  logger.info(
    { objects: assembly.caches.types.map((type) => [type.plural, assembly.caches.need(type).size]) },
    'the caches are synced',
  )
  watchFreshness(cluster, assembly.caches, options.namespace, systemClock, metrics, stopping.signal).catch(failed)

  let runtime: Runtime | undefined
  let ending: Promise<void> = Promise.resolve()
  const begin = (leadership: Leadership): void => {
    metrics.leader(leadership.epoch())
    logger.info({ epoch: leadership.epoch() }, 'leading')
    runtime = assembly.start(leadership, () =>
      failed(new Error('a status carries a newer epoch: another leader has taken over')),
    )
  }
  const end = (): void => {
    const ended = runtime
    runtime = undefined
    if (ended !== undefined) ending = ending.then(() => ended.stop())
  }
  let election: Promise<void> = Promise.resolve()
  const endElection = new AbortController()
  if (options.leaderElection) {
    const elector = new LeaderElector({
      cluster,
      key: { namespace: options.leaseNamespace, name: 'bellows-operator' },
      identity: `${instance}_${crypto.randomUUID()}`,
      epochFloor: assembly.epochFloor,
      onElected: (epoch) => {
        // Each term is its own: a pass left over from the one before must not write under the new epoch.
        const term = { epoch: () => epoch, holds: () => elector.holds() && elector.epoch() === epoch }
        ending = ending.then(() => {
          if (term.holds()) begin(term)
        })
      },
      onLost: (reason) => {
        metrics.leader(undefined)
        logger.warn({ reason }, 'no longer leading')
        end()
      },
      onFailure: (error) => logger.warn({ err: error }, 'the lease could not be read or written'),
    })
    election = elector.run(endElection.signal)
  } else {
    const epoch = Math.max(1, assembly.epochFloor())
    begin({ epoch: () => epoch, holds: () => true })
  }

  let leaving = false
  const leave = async (signal: string): Promise<void> => {
    if (leaving) return
    leaving = true
    logger.info({ signal }, 'stopping: passes in hand are finished, the lease is given back')
    const late = setTimeout(() => process.exit(1), DRAIN_MS)
    end()
    await ending
    await assembly.flushEvents(2_000)
    endElection.abort()
    await election
    stopping.abort()
    await server.close()
    await cluster.close()
    clearTimeout(late)
    process.exit(0)
  }
  process.on('SIGTERM', (signal) => void leave(signal))
  process.on('SIGINT', (signal) => void leave(signal))
}

try {
  const options = operatorOptions(process.argv.slice(2), process.env)
  if (options === undefined) console.log(OPERATOR_HELP)
  else await run(options)
} catch (error) {
  console.error(`bellows operator: ${error instanceof Error ? error.message : error}`)
  process.exitCode = 2
}
