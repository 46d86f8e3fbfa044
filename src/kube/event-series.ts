import { createHash } from 'node:crypto'
import { microTime } from './micro-time.ts'
import type { KubeObject } from './object.ts'

/** What happened to an object, for people. */
export interface EventNote {
  readonly type: 'Normal' | 'Warning'
  /** CamelCase. */
  readonly reason: string
  /** Cut at 1,024 bytes. */
  readonly note: string
  /** What the controller was doing, CamelCase; by default `reason`. */
  readonly action?: string
}

/** Who tells it. Source: events.k8s.io/v1 Event. */
export interface EventReporter {
  /** A qualified name: bellows.dev/sparkapplication. */
  readonly reportingController: string
  /** The pod or process. */
  readonly reportingInstance: string
}

/** events.k8s.io/v1 Event, as far as we write it. */
export interface EventObject extends KubeObject {
  readonly series?: { readonly count: number; readonly lastObservedTime: string }
}

const LONGEST_NOTE = 1_024
const LONGEST_WORD = 128

/** What makes two events the same: they become one with a count. */
export const seriesKey = (about: KubeObject, event: EventNote): string =>
  [
    about.metadata.uid ?? `${about.metadata.namespace}/${about.metadata.name}`,
    event.type,
    event.reason,
    event.note,
  ].join('\u0000')

/** Cluster-scoped objects' events live in `default`. */
export const eventNamespace = (about: KubeObject): string => about.metadata.namespace ?? 'default'

/**
 * The same name for the same series, so that a restarted operator goes on counting instead of telling it twice.
 * An object's name may have 253 characters, and so may the event's.
 */
export const eventName = (about: KubeObject, key: string): string =>
  `${about.metadata.name.slice(0, 230).replace(/[-.]+$/, '')}.${createHash('sha256').update(key).digest('hex').slice(0, 16)}`

/** `now` is milliseconds since the epoch. */
export const eventObject = (
  about: KubeObject,
  event: EventNote,
  reporter: EventReporter,
  now: number,
): EventObject => ({
  apiVersion: 'events.k8s.io/v1',
  kind: 'Event',
  metadata: { name: eventName(about, seriesKey(about, event)), namespace: eventNamespace(about) },
  eventTime: microTime(now),
  type: event.type,
  reason: event.reason.slice(0, LONGEST_WORD),
  action: (event.action ?? event.reason).slice(0, LONGEST_WORD),
  note: cutBytes(event.note, LONGEST_NOTE),
  reportingController: reporter.reportingController,
  reportingInstance: reporter.reportingInstance.slice(0, LONGEST_WORD),
  regarding: {
    apiVersion: about.apiVersion,
    kind: about.kind,
    ...(about.metadata.namespace === undefined ? {} : { namespace: about.metadata.namespace }),
    name: about.metadata.name,
    ...(about.metadata.uid === undefined ? {} : { uid: about.metadata.uid }),
    ...(about.metadata.resourceVersion === undefined ? {} : { resourceVersion: about.metadata.resourceVersion }),
  },
})

/** The merge patch that says "again". Source: events.k8s.io/v1 EventSeries; a series counts at least two. */
export const seriesPatch = (count: number, now: number): unknown => ({
  series: { count: Math.max(2, count), lastObservedTime: microTime(now) },
})

/** Longest prefix of `text` within `limit` bytes of UTF-8, with an ellipsis where something was cut. */
export const cutBytes = (text: string, limit: number): string => {
  const bytes = Buffer.from(text, 'utf8')
  if (bytes.length <= limit) return text
  let end = limit - 3
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1
  return `${bytes.subarray(0, end).toString('utf8')}…`
}
