import { monitorEventLoopDelay } from 'node:perf_hooks'
import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import { RECONCILE_RESULTS } from '../controller/controller.ts'
import type { RefusalReason } from '../controller/decision.ts'
import type { ControllerMetrics } from '../controller/metrics.ts'
import type { EventDropReason } from '../kube/events.ts'
import type { InformerMetrics } from '../kube/informer.ts'
import { type ResourceType, resourceName } from '../kube/resource-type.ts'
import type { RequestReport } from '../kube/transport.ts'
import type { RestartReason } from '../kube/watch-state.ts'

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5, 10, 30]
const RESTARTS: readonly RestartReason[] = ['end', 'idle', 'expired', 'behind', 'error', 'absent', 'malformed']
const REFUSALS: readonly RefusalReason[] = [
  'QuotaExceeded',
  'Forbidden',
  'Invalid',
  'NameConflict',
  'NamespaceTerminating',
  'NotFound',
]
const DROPS: readonly EventDropReason[] = ['rate', 'queue', 'refused', 'unreachable']

export interface RuntimeMetrics {
  readonly controller: Partial<ControllerMetrics>
  readonly informer: InformerMetrics
  readonly request: (report: RequestReport) => void
  readonly eventDropped: (reason: EventDropReason) => void
  readonly eventWritten: () => void
  readonly leader: (epoch: number | undefined) => void
  /** What the freshness check found of one cache. */
  readonly cache: (type: ResourceType, resourceVersion: string, lagSeconds: number) => void
  readonly sentinel: (ok: boolean) => void
}

/**
 * How the operator itself does. Every series whose labels are known beforehand is at zero from the start, so a missing
 * one means that the operator does not run.
 */
export const runtimeMetrics = (
  registry: Registry,
  controllers: readonly string[],
  types: readonly ResourceType[],
): RuntimeMetrics => {
  const registers = [registry]
  const counter = (name: string, help: string, labelNames: readonly string[] = []) =>
    new Counter({ name: `bellows_${name}`, help, labelNames: [...labelNames], registers })
  const gauge = (name: string, help: string, labelNames: readonly string[] = []) =>
    new Gauge({ name: `bellows_${name}`, help, labelNames: [...labelNames], registers })
  const histogram = (name: string, help: string, labelNames: readonly string[]) =>
    new Histogram({ name: `bellows_${name}`, help, labelNames: [...labelNames], buckets: SECONDS, registers })

  const watchEvents = counter('watch_events_total', 'Changes that a watch brought.', ['kind', 'type'])
  const watchRestarts = counter('watch_restarts_total', 'Lists and watches begun anew, by cause.', ['kind', 'reason'])
  const relists = counter('relists_total', 'Lists of a whole kind.', ['kind'])
  const divergence = counter('cache_divergence_total', 'Objects that differed from the server (self-check).', ['kind'])
  const listenerErrors = counter('cache_listener_errors_total', 'Listeners of a cache that threw.', ['kind'])
  const cacheVersion = gauge('cache_resource_version', 'Resource version that a cache stands at.', ['kind'])
  const cacheLag = gauge('cache_lag_seconds', 'For how long a cache has been behind the server.', ['kind'])
  const sentinel = gauge('sentinel_ok', '1 while changes on the server reach every cache in time.')
  const reconciles = counter('reconcile_total', 'Passes, by how they ended.', ['controller', 'result'])
  const reconcileSeconds = histogram('reconcile_seconds', 'Time of one pass.', ['controller'])
  const firstWrite = histogram('first_write_seconds', 'From a change being seen to the first write that answers it.', [
    'controller',
  ])
  const writes = counter('writes_total', 'Writes of controllers that the server carried out.', [
    'controller',
    'verb',
    'kind',
  ])
  const fenced = counter('fenced_writes_total', 'Writes refused because another leader is newer.', ['controller'])
  const refusals = counter('terminal_errors_total', 'Actions that the server refused, by reason.', [
    'controller',
    'reason',
  ])
  const depth = gauge('queue_depth', 'Keys that wait.', ['controller'])
  const latency = histogram('queue_latency_seconds', 'How long a key waited.', ['controller'])
  const retries = counter('queue_retries_total', 'Keys put back after a failure.', ['controller'])
  const requests = counter('api_requests_total', 'Requests to the API server.', ['verb', 'kind', 'code'])
  const requestSeconds = histogram('api_request_seconds', 'Time of a request.', ['verb'])
  const throttled = counter('api_throttle_seconds_total', 'Time that requests waited for our own budget.', ['verb'])
  const events = counter('events_written_total', 'Events written for people to read.')
  const dropped = counter('events_dropped_total', 'Events not written.', ['reason'])
  const leader = gauge('leader', '1 while this process leads.')
  const epoch = gauge('leader_epoch', 'Epoch of the term that runs or ran last.')

  const delay = monitorEventLoopDelay({ resolution: 20 })
  delay.enable()
  new Gauge({
    name: 'bellows_event_loop_lag_seconds',
    help: '99th percentile of the event loop’s delay since the last scrape.',
    registers,
    collect() {
      this.set(Number.isFinite(delay.percentile(99)) ? delay.percentile(99) / 1e9 : 0)
      delay.reset()
    },
  })

  const kinds = types.map(resourceName)
  for (const kind of kinds) {
    for (const type of ['Apply', 'Delete', 'Progress']) watchEvents.inc({ kind, type }, 0)
    for (const reason of RESTARTS) watchRestarts.inc({ kind, reason }, 0)
    for (const metric of [relists, divergence, listenerErrors]) metric.inc({ kind }, 0)
    cacheVersion.set({ kind }, 0)
    cacheLag.set({ kind }, 0)
  }
  for (const controller of controllers) {
    for (const result of RECONCILE_RESULTS) reconciles.inc({ controller, result }, 0)
    for (const reason of REFUSALS) refusals.inc({ controller, reason }, 0)
    fenced.inc({ controller }, 0)
    retries.inc({ controller }, 0)
    depth.set({ controller }, 0)
    for (const metric of [reconcileSeconds, firstWrite, latency]) metric.zero({ controller })
  }
  for (const reason of DROPS) dropped.inc({ reason }, 0)
  for (const verb of ['get', 'list', 'watch', 'create', 'update', 'patch', 'apply', 'delete', 'log']) {
    throttled.inc({ verb }, 0)
    requestSeconds.zero({ verb })
  }
  sentinel.set(1)

  return {
    controller: {
      reconciled: (controller, result, seconds) => {
        reconciles.inc({ controller, result })
        reconcileSeconds.observe({ controller }, seconds)
      },
      firstWrite: (controller, seconds) => firstWrite.observe({ controller }, seconds),
      wrote: (controller, verb, type) => writes.inc({ controller, verb, kind: resourceName(type) }),
      fenced: (controller) => fenced.inc({ controller }),
      refused: (controller, reason) => refusals.inc({ controller, reason }),
      queued: (controller, keys) => depth.set({ controller }, keys),
      dequeued: (controller, keys, waited) => {
        depth.set({ controller }, keys)
        latency.observe({ controller }, waited)
      },
      retried: (controller) => retries.inc({ controller }),
    },
    informer: {
      watchEvent: (kind, type) => watchEvents.inc({ kind, type }),
      watchRestarted: (kind, reason) => watchRestarts.inc({ kind, reason }),
      relisted: (kind) => relists.inc({ kind }),
      diverged: (kind, objects) => divergence.inc({ kind }, objects),
      listenerFailed: (kind) => listenerErrors.inc({ kind }),
    },
    request: ({ verb, resource, code, seconds, throttledSeconds }) => {
      requests.inc({ verb, kind: resource, code })
      requestSeconds.observe({ verb }, seconds)
      if (throttledSeconds > 0) throttled.inc({ verb }, throttledSeconds)
    },
    eventDropped: (reason) => dropped.inc({ reason }),
    eventWritten: () => events.inc(),
    leader: (term) => {
      leader.set(term === undefined ? 0 : 1)
      if (term !== undefined) epoch.set(term)
    },
    cache: (type, resourceVersion, lagSeconds) => {
      cacheVersion.set({ kind: resourceName(type) }, Number(resourceVersion) || 0)
      cacheLag.set({ kind: resourceName(type) }, lagSeconds)
    },
    sentinel: (ok) => sentinel.set(ok ? 1 : 0),
  }
}
