import type { Pipeline } from '../api/pipeline.ts'
import type { PipelineRun } from '../api/pipeline-run.ts'
import { Pipelines, SparkApplications } from '../api/resource-types.ts'
import type { StoreLookup } from '../controller/ports.ts'
import type { Cluster } from '../kube/cluster.ts'
import { controllerOf, type KubeObject, keyOf } from '../kube/object.ts'
import { ConfigMaps, Pods, type ResourceType } from '../kube/resource-type.ts'
import { BY_OWNER } from './caches.ts'
import { inFlight, isEnded, knownStatus, recordedTasks } from './known-status.ts'
import type { ObservedRun, PipelineSource } from './observed.ts'
import { pinName, readPin } from './pin.ts'
import { PlanCache } from './plan-cache.ts'

export interface ObserveContext {
  readonly cluster: Cluster
  readonly stores: StoreLookup
}

/** Missing children asked for in one pass; the others count as not known until the next. */
const MAX_ASKED = 20

/** All that a pass reads. From the caches, but for what is missing there: that the API server itself is asked for. */
export class RunObserver {
  readonly #context: ObserveContext
  readonly #plans = new PlanCache()
  /** Pins that were read, by uid of the run: they never change. */
  readonly #pins = new Map<string, NonNullable<ReturnType<typeof readPin>>>()

  constructor(context: ObserveContext) {
    this.#context = context
  }

  async observe(run: PipelineRun & KubeObject): Promise<ObservedRun> {
    const uid = run.metadata.uid ?? ''
    const status = knownStatus(run)
    const cached = this.#cachedChildren(uid)
    if (isEnded(status) || run.metadata.deletionTimestamp !== undefined) {
      this.forget(uid)
      const source = { kind: 'inline', planned: { ok: false, problems: [] } } as const
      return { subject: run, source, children: cached, gone: new Set() }
    }
    const source = await this.#source(run, uid)
    const base = { subject: run, source, children: cached, gone: new Set<string>() }
    if (source.kind === 'missing' || !source.planned.ok) return base
    const { plan } = source.planned
    const missing = await this.#missing(run, cached)
    return {
      ...base,
      children: [...cached, ...missing.found],
      gone: missing.gone,
      progress: this.#plans.progress(uid, plan, recordedTasks(plan, status)),
    }
  }

  forget(uid: string): void {
    this.#plans.forget(uid)
    this.#pins.delete(uid)
  }

  #cachedChildren(uid: string): readonly KubeObject[] {
    return [Pods, SparkApplications].flatMap((type) => this.#context.stores.store(type)?.byIndex(BY_OWNER, uid) ?? [])
  }

  async #source(run: PipelineRun & KubeObject, uid: string): Promise<PipelineSource> {
    const { pipelineSpec, pipelineRef } = run.spec
    if (pipelineSpec !== undefined) {
      const planned = this.#plans.plan(uid, `generation ${run.metadata.generation ?? 0}`, () => pipelineSpec)
      return { kind: 'inline', planned }
    }
    const name = pipelineRef?.name ?? ''
    const pin = await this.#pin(run, uid)
    if (pin !== undefined) {
      const planned = this.#plans.plan(uid, 'pin', () => pin.spec)
      return { kind: 'pinned', planned, origin: pin.origin }
    }
    const pipeline = this.#context.stores.store<Pipeline & KubeObject>(Pipelines)?.get({ ...keyOf(run), name })
    if (pipeline === undefined) return { kind: 'missing', name }
    const { spec, metadata } = pipeline
    const origin = { uid: metadata.uid ?? '', generation: metadata.generation ?? 0 }
    const planned = this.#plans.plan(uid, `pipeline ${origin.uid} ${origin.generation}`, () => spec)
    return { kind: 'named', planned, origin, spec }
  }

  async #pin(run: PipelineRun & KubeObject, uid: string): Promise<ReturnType<typeof readPin>> {
    const known = this.#pins.get(uid)
    if (known !== undefined) return known
    const configMap = await this.#context.cluster.get(ConfigMaps, { ...keyOf(run), name: pinName(run.metadata.name) })
    if (configMap === undefined || controllerOf(configMap)?.uid !== uid) return undefined
    const pin = readPin(configMap)
    if (pin !== undefined) this.#pins.set(uid, pin)
    return pin
  }

  /** Absence in a cache may be a delay of the watch: only the API server's own word counts. */
  async #missing(
    run: PipelineRun & KubeObject,
    cached: readonly KubeObject[],
  ): Promise<{ readonly found: readonly KubeObject[]; readonly gone: ReadonlySet<string> }> {
    const names = new Set(cached.map(({ metadata }) => metadata.name))
    const wanted = (knownStatus(run).tasks ?? []).filter(inFlight).flatMap((task): [ResourceType, string][] => {
      const { podName, application } = task
      if (podName !== undefined && !names.has(podName)) return [[Pods, podName]]
      if (application !== undefined && !names.has(application)) return [[SparkApplications, application]]
      return []
    })
    const found: KubeObject[] = []
    const gone = new Set<string>()
    for (const [type, name] of wanted.slice(0, MAX_ASKED)) {
      const child = await this.#context.cluster.get(type, { ...keyOf(run), name })
      if (child !== undefined && controllerOf(child)?.uid === run.metadata.uid) found.push(child)
      else gone.add(name)
    }
    return { found, gone }
  }
}
