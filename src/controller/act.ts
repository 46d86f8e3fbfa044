import type { Cluster } from '../kube/cluster.ts'
import { isAlreadyExists, isConflict, isNotFound } from '../kube/errors.ts'
import { controllerOf, type KubeObject, keyOf, keyString } from '../kube/object.ts'
import type { ResourceType } from '../kube/resource-type.ts'
import type { Action, Decision, Refusal } from './decision.ts'
import type { ControllerMetrics, WriteVerb } from './metrics.ts'
import type { EventSink, Leadership, StoreLookup } from './ports.ts'
import { isFencedByEpoch, refusalOf } from './refuse.ts'
import { same } from './same.ts'

/** How the decision's carrying out ended. Anything else (no answer, 5xx, 429) is thrown and the pass is retried. */
export type ActOutcome =
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'acted' }
  /** The actions are done; status and events are left to another pass, because others wait. */
  | { readonly kind: 'put-off' }
  /** The world is not what the decision took it for: observe and decide once more, soon. */
  | { readonly kind: 'again'; readonly because: string }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  /** Another leader is newer: stop writing. */
  | { readonly kind: 'fenced' }

export interface ActContext {
  /** Controller name: the field manager is `bellows-<name>`. */
  readonly name: string
  readonly type: ResourceType
  readonly cluster: Cluster
  readonly stores: StoreLookup
  readonly leadership: Leadership
  readonly events: EventSink
  readonly metrics: ControllerMetrics
  /** Whether other keys wait for a worker. Absent: none does. */
  readonly othersWait?: () => boolean
}

/**
 * Carries a decision out: actions in order, then status, then events, and stops at the first that does not go through.
 * Every prefix is therefore a legal state of the world, and the same decision may be carried out twice.
 * Each answer goes into the caches, so that the next pass reads what this one wrote.
 */
export const act = async (
  subject: KubeObject,
  decision: Decision<unknown>,
  context: ActContext,
): Promise<ActOutcome> => {
  let wrote = false
  for (const action of decision.actions) {
    if (!context.leadership.holds()) return fenced(context)
    const step = await perform(action, context)
    if (step.kind === 'again' || step.kind === 'refused') return step
    wrote ||= step.kind === 'acted'
  }
  if (decision.status !== undefined && !same(decision.status, withoutEpoch(subject.status))) {
    if (wrote && decision.statusCanWait && context.othersWait?.()) return { kind: 'put-off' }
    if (!context.leadership.holds()) return fenced(context)
    const outcome = await writeStatus(subject, decision.status, context)
    if (outcome === 'fenced') return fenced(context)
    if (outcome === 'again') return { kind: 'again', because: 'the status was written meanwhile' }
    wrote = true
  }
  for (const event of decision.events) context.events.record(subject, event)
  return wrote ? { kind: 'acted' } : { kind: 'unchanged' }
}

const fenced = (context: ActContext): ActOutcome => {
  context.metrics.fenced(context.name)
  return { kind: 'fenced' }
}

const withoutEpoch = (status: unknown): unknown => {
  if (typeof status !== 'object' || status === null) return status
  const { leaderEpoch: _, ...rest } = status as Readonly<Record<string, unknown>>
  return rest
}

const epochOf = (status: unknown): number => {
  const epoch = (status as { readonly leaderEpoch?: unknown } | undefined)?.leaderEpoch
  return typeof epoch === 'number' ? epoch : 0
}

type Step = Exclude<ActOutcome, { kind: 'fenced' }>

const perform = (action: Action, context: ActContext): Promise<Step> => {
  switch (action.kind) {
    case 'create':
      return create(action, context)
    case 'delete':
      return remove(action, context)
    case 'patch':
      return patch(action, context)
  }
}

type Of<K extends Action['kind']> = Extract<Action, { kind: K }>

const create = async (action: Of<'create'>, context: ActContext): Promise<Step> => {
  try {
    return done('create', action.type, await context.cluster.create(action.type, action.object), context)
  } catch (error) {
    if (isAlreadyExists(error)) return await adopt(action, context)
    return refused(action, error, context)
  }
}

/** The name is taken: ours from a pass whose answer was lost, ours from another attempt, on its way out, or foreign. */
const adopt = async (action: Of<'create'>, context: ActContext): Promise<Step> => {
  const wanted = action.object
  const live = await context.cluster.get(action.type, keyOf(wanted))
  if (live === undefined) return { kind: 'again', because: `${nameOf(wanted)} was there a moment ago and is gone` }
  context.stores.store(action.type)?.observeWrite(live)
  const owner = controllerOf(wanted)?.uid
  // An object without an owner is shared by all who need it: whoever made it, it is there.
  if (owner === undefined) return { kind: 'unchanged' }
  if (controllerOf(live)?.uid !== owner) {
    const message = `${nameOf(wanted)} exists and does not belong to this object`
    context.metrics.refused(context.name, 'NameConflict')
    return { kind: 'refused', refusal: { action, reason: 'NameConflict', message, retryable: true } }
  }
  if (live.metadata.deletionTimestamp !== undefined)
    return { kind: 'again', because: `${nameOf(wanted)} is still being deleted` }
  if (isMarkedLike(live, wanted)) return { kind: 'unchanged' }
  if (action.onDifferent !== 'replace' || live.metadata.uid === undefined)
    return { kind: 'again', because: `${nameOf(wanted)} is of another attempt` }
  const ref = { ...keyOf(live), uid: live.metadata.uid }
  const removed = await remove({ kind: 'delete', type: action.type, ref }, context)
  if (removed.kind !== 'acted') return removed
  return { kind: 'again', because: `${nameOf(wanted)} of another attempt was removed` }
}

const isMarkedLike = (live: KubeObject, wanted: KubeObject): boolean =>
  (['labels', 'annotations'] as const).every((field) =>
    Object.entries(wanted.metadata[field] ?? {}).every(([key, value]) => live.metadata[field]?.[key] === value),
  )

const remove = async (action: Of<'delete'>, context: ActContext): Promise<Step> => {
  const { uid, ...key } = action.ref
  try {
    await context.cluster.delete(action.type, key, {
      uid,
      propagationPolicy: 'Background',
      ...(action.gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds: action.gracePeriodSeconds }),
    })
    context.metrics.wrote(context.name, 'delete', action.type)
    return { kind: 'acted' }
  } catch (error) {
    if (isNotFound(error) || isConflict(error)) return { kind: 'unchanged' }
    throw error
  }
}

const patch = async (action: Of<'patch'>, context: ActContext): Promise<Step> => {
  const { uid, ...key } = action.ref
  const metadata = { ...(action.patch.metadata as object | undefined), uid }
  try {
    const answer = await context.cluster.mergePatch(action.type, key, { ...action.patch, metadata })
    return done('patch', action.type, answer, context)
  } catch (error) {
    if (isConflict(error)) return { kind: 'again', because: `${action.type.kind} ${keyString(key)} was replaced` }
    return refused(action, error, context)
  }
}

const refused = (action: Action, error: unknown, context: ActContext): Step => {
  const refusal = refusalOf(action, error)
  if (refusal === undefined) throw error
  context.metrics.refused(context.name, refusal.reason)
  return { kind: 'refused', refusal }
}

const done = (verb: WriteVerb, type: ResourceType, answer: KubeObject, context: ActContext): Step => {
  context.stores.store(type)?.observeWrite(answer)
  context.metrics.wrote(context.name, verb, type)
  return { kind: 'acted' }
}

/** Other writers of the object (labels, spec) may win so often before the pass is given back to the queue. */
const STATUS_TRIES = 5

/**
 * One PUT of the whole status; of the rest of the object the server takes nothing, so nothing is sent (decision 11).
 * uid and resource version stand in it as preconditions: a status never lands on another incarnation, nor on a status
 * that was not seen.
 */
const writeStatus = async (
  subject: KubeObject,
  status: unknown,
  context: ActContext,
): Promise<'written' | 'gone' | 'again' | 'fenced'> => {
  const { apiVersion, kind } = subject
  const { uid } = subject.metadata
  const wanted = { ...(status as object), leaderEpoch: context.leadership.epoch() }
  let { resourceVersion } = subject.metadata
  for (let tries = 1; ; tries++) {
    const metadata = {
      ...keyOf(subject),
      ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
    }
    try {
      const written = await context.cluster.replace<KubeObject>(
        context.type,
        { apiVersion, kind, metadata, status: wanted },
        { fieldManager: managerOf(context), subresource: 'status' },
      )
      done('replace-status', context.type, written, context)
      context.metrics.statusWritten(context.name, subject, written)
      return 'written'
    } catch (error) {
      if (isFencedByEpoch(error)) return 'fenced'
      if (isNotFound(error)) return 'gone'
      if (!isConflict(error)) throw error
    }
    const live = await context.cluster.get<KubeObject>(context.type, keyOf(subject))
    if (live === undefined || live.metadata.uid !== uid) return 'gone'
    context.stores.store(context.type)?.observeWrite(live)
    if (epochOf(live.status) > context.leadership.epoch()) return 'fenced'
    if (tries === STATUS_TRIES || !same(live.status, subject.status)) return 'again'
    resourceVersion = live.metadata.resourceVersion
  }
}

const managerOf = ({ name }: ActContext): string => `bellows-${name}`

const nameOf = (object: KubeObject): string => `${object.kind} ${keyString(keyOf(object))}`
