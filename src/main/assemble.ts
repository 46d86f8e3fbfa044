import { SparkApplications } from '../api/resource-types.ts'
import { Caches } from '../controller/caches.ts'
import type { Controller } from '../controller/controller.ts'
import { recordingTo } from '../controller/event-sink.ts'
import { allMetrics, type ControllerMetrics } from '../controller/metrics.ts'
import type { Leadership, Logger } from '../controller/ports.ts'
import { type Runtime, startControllers } from '../controller/runtime.ts'
import type { Cluster } from '../kube/cluster.ts'
import { type EventDropReason, EventRecorder } from '../kube/events.ts'
import type { InformerMetrics } from '../kube/informer.ts'
import type { KubeObject } from '../kube/object.ts'
import { PIPELINE_RUN_CACHES } from '../pipeline-run/caches.ts'
import { pipelineRunController } from '../pipeline-run/pipeline-run-controller.ts'
import { sparkApplicationController } from '../spark-application/controller.ts'
import { sparkApplicationCaches } from '../spark-application/observe.ts'
import { DEFAULT_SETTINGS, type Settings } from '../spark-application/settings.ts'

export interface AssemblyOptions {
  readonly cluster: Cluster
  /** Undefined: all namespaces. */
  readonly namespace?: string | undefined
  readonly image: string
  readonly workers?: number
  /** What the operator's owner decides for all applications, besides the image. */
  readonly settings?: Partial<Omit<Settings, 'defaultImage'>>
  /** Who writes the events: name of this process. */
  readonly instance: string
  readonly logger: Logger
  readonly metrics?: {
    readonly controller: Partial<ControllerMetrics>
    readonly informer: InformerMetrics
    readonly eventDropped: (reason: EventDropReason) => void
    readonly eventWritten: () => void
  }
}

/** The operator's parts, put together the same way for a cluster and for the embedded mode. */
export interface Assembly {
  readonly caches: Caches
  readonly controllers: readonly string[]
  /** Applications in the cache, for gauges. */
  readonly applications: () => Iterable<KubeObject>
  /** The greatest epoch that any status carries: a new leader must begin above it. */
  readonly epochFloor: () => number
  /** Begins a term of leadership. Needs synced caches. */
  start(leadership: Leadership, onFenced?: () => void): Runtime
  /** Waits until the events that were recorded are written, at most `ms` milliseconds. */
  flushEvents(ms: number): Promise<void>
}

export const cacheNeeds = [...sparkApplicationCaches, ...PIPELINE_RUN_CACHES]

const epochOf = (object: KubeObject): number =>
  (object.status as { readonly leaderEpoch?: number } | undefined)?.leaderEpoch ?? 0

export const assemble = (options: AssemblyOptions): Assembly => {
  const { cluster, namespace, image, logger, metrics } = options
  const caches = new Caches({
    cluster,
    needs: cacheNeeds,
    ...(namespace === undefined ? {} : { namespace }),
    ...(metrics === undefined ? {} : { metrics: metrics.informer }),
  })
  let runtime: Runtime | undefined
  const recorder = new EventRecorder({
    cluster,
    reportingController: 'bellows.dev/operator',
    reportingInstance: options.instance,
    onDropped: (reason, event, error) => {
      metrics?.eventDropped(reason)
      logger.warn({ reason, event: event.reason, err: error }, 'an event was not written')
    },
    onWritten: () => metrics?.eventWritten(),
    isBehind: () => (runtime?.waiting ?? 0) > 0,
  })
  const controllers = [
    sparkApplicationController({
      cluster,
      caches,
      settings: { ...DEFAULT_SETTINGS, ...options.settings, defaultImage: image },
    }),
    pipelineRunController({ cluster, stores: caches, image }),
  ] as unknown as readonly Controller[]
  return {
    caches,
    controllers: controllers.map(({ name }) => name),
    applications: () => caches.need(SparkApplications).list(),
    epochFloor: () => {
      let floor = 0
      for (const { type } of controllers) {
        for (const object of caches.need(type).list()) floor = Math.max(floor, epochOf(object))
      }
      return floor
    },
    start: (leadership, onFenced) => {
      runtime = startControllers({
        cluster,
        caches,
        controllers,
        leadership,
        events: recordingTo(recorder),
        logger,
        ...(metrics === undefined ? {} : { metrics: allMetrics(metrics.controller) }),
        ...(options.workers === undefined ? {} : { workers: options.workers }),
        ...(onFenced === undefined ? {} : { onFenced }),
      })
      return runtime
    },
    flushEvents: (ms) => recorder.flush(ms),
  }
}
