import type { Change } from '../kube/cache.ts'
import { type Clock, systemClock } from '../kube/clock.ts'
import type { Cluster } from '../kube/cluster.ts'
import { type KubeObject, keyOf, keyString, parseKey } from '../kube/object.ts'
import { type WorkItem, WorkQueue } from '../kube/work-queue.ts'
import type { ActContext } from './act.ts'
import type { Caches } from './caches.ts'
import type { Controller } from './controller.ts'
import { type Pass, PoisonError, reconcile } from './loop.ts'
import { type ControllerMetrics, noMetrics } from './metrics.ts'
import { type EventSink, type Leadership, type Logger, silentLogger } from './ports.ts'

export interface RuntimeOptions {
  readonly cluster: Cluster
  readonly caches: Caches
  readonly controllers: readonly Controller[]
  readonly leadership: Leadership
  readonly events: EventSink
  readonly metrics?: ControllerMetrics
  readonly logger?: Logger
  readonly clock?: Clock
  /** Keys of one controller that are worked on at a time. */
  readonly workers?: number
  /** Called once when a write was fenced: this process no longer leads. */
  readonly onFenced?: () => void
}

export interface Runtime {
  /** Keys that wait for a worker: more than none is a backlog. */
  readonly waiting: number
  /** Keys that wait or are in hand; those that wait for a time are not counted. */
  readonly busy: number
  /** No key is taken any more; resolves when those in hand are done. Calling it twice is the same as once. */
  stop(): Promise<void>
}

const DEFAULT_WORKERS = 16

/**
 * Runs controllers for one term of leadership: every object is looked at once, then again whenever something about it
 * changes. Start it when the caches are synced and leadership is held; on loss stop it and start another when it is back.
 *
 * Promises: one pass a key at a time; a pass that fails backs its own key off and no other; nothing here throws.
 */
export const startControllers = (options: RuntimeOptions): Runtime => {
  let fenced = false
  const onFenced = (): void => {
    if (fenced) return
    fenced = true
    options.onFenced?.()
    void stop()
  }
  const running = options.controllers.map((controller) => startController(controller, options, onFenced))
  const stop = async (): Promise<void> => {
    await Promise.all(running.map((each) => each.stop()))
  }
  return {
    get waiting() {
      return running.reduce((sum, each) => sum + each.waiting, 0)
    },
    get busy() {
      return running.reduce((sum, each) => sum + each.busy, 0)
    },
    stop,
  }
}

const startController = (controller: Controller, options: RuntimeOptions, onFenced: () => void): Runtime => {
  const { cluster, caches, leadership, events } = options
  const metrics = options.metrics ?? noMetrics
  const clock = options.clock ?? systemClock
  const logger = options.logger ?? silentLogger
  const { isUrgent } = controller
  const queue = new WorkQueue({
    name: controller.name,
    clock,
    metrics,
    ...(isUrgent === undefined ? {} : { isUrgent: (key: string) => isUrgent(parseKey(key)) }),
  })
  const unlisten = listen(controller, caches, queue)
  const othersWait = (): boolean => queue.depth > 0
  const base = { name: controller.name, type: controller.type, cluster, stores: caches, leadership, events, othersWait }

  const work = async (item: WorkItem): Promise<void> => {
    const started = clock.monotonic()
    const context: ActContext = { ...base, metrics: firstWriteTold(metrics, controller.name, item, clock) }
    const fields = { controller: controller.name, object: item.key }
    let result: Pass['result']
    try {
      const pass = await reconcile(controller, parseKey(item.key), clock, context)
      result = pass.result
      if (pass.because !== undefined) logger.info({ ...fields, result }, pass.because)
      follow(pass, item.key, queue, onFenced)
    } catch (error) {
      result = error instanceof PoisonError ? 'poison' : 'error'
      const ms = queue.addBackedOff(item.key)
      const say = result === 'poison' ? logger.error : logger.warn
      say.call(logger, { ...fields, result, err: error, retryInMs: Math.round(ms) }, 'reconcile failed')
    }
    metrics.reconciled(controller.name, result, (clock.monotonic() - started) / 1000)
  }

  const worker = async (): Promise<void> => {
    for (let item = await queue.take(); item !== undefined; item = await queue.take()) {
      await work(item)
      queue.done(item.key)
    }
  }
  for (let count = options.workers ?? DEFAULT_WORKERS; count > 0; count--) void worker()

  let stopped: Promise<void> | undefined
  return {
    get waiting() {
      return queue.depth
    },
    get busy() {
      return queue.depth + queue.inHand
    },
    stop: () => {
      unlisten()
      stopped ??= queue.close()
      return stopped
    },
  }
}

/** Every object is wanted once now, and whenever it or what belongs to it changes. */
const listen = (controller: Controller, caches: Caches, queue: WorkQueue): (() => void) => {
  const own = caches.onChange(controller.type, ({ object }) => queue.add(keyString(keyOf(object))))
  const others = controller.watches.map(({ type, keysOf }) => {
    const wake = (object: KubeObject): void => {
      for (const key of keysOf(object)) queue.add(keyString(key))
    }
    return caches.onChange(type, (change: Change) => {
      wake(change.object)
      if (change.type === 'Updated') wake(change.old)
    })
  })
  for (const object of caches.need(controller.type).list()) queue.add(keyString(keyOf(object)))
  return () => {
    for (const end of [own, ...others]) end()
  }
}

const follow = (pass: Pass, key: string, queue: WorkQueue, onFenced: () => void): void => {
  switch (pass.next.kind) {
    case 'wait':
      queue.forget(key)
      return
    case 'soon':
      queue.forget(key)
      queue.add(key)
      return
    case 'after':
      queue.forget(key)
      queue.addAfter(key, pass.next.ms)
      return
    case 'backoff':
      queue.addBackedOff(key)
      return
    case 'stop':
      onFenced()
  }
}

/** The figure "decide + write": from the change being seen to the first write that went through. */
const firstWriteTold = (
  metrics: ControllerMetrics,
  controller: string,
  item: WorkItem,
  clock: Clock,
): ControllerMetrics => {
  let told = false
  return {
    ...metrics,
    wrote: (name, verb, type) => {
      if (!told) metrics.firstWrite(controller, (clock.monotonic() - item.queuedAt) / 1000)
      told = true
      metrics.wrote(name, verb, type)
    },
  }
}
