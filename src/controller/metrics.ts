import type { KubeObject } from '../kube/object.ts'
import type { ResourceType } from '../kube/resource-type.ts'
import type { ReconcileResult } from './controller.ts'
import type { RefusalReason } from './decision.ts'

export type WriteVerb = 'create' | 'delete' | 'patch' | 'replace-status'

/** What the loop tells about itself. Plain calls, so that the core knows no metrics library; none may throw or wait. */
export interface ControllerMetrics {
  /** One pass for one key; seconds from the key's start to its end. */
  reconciled(controller: string, result: ReconcileResult, seconds: number): void
  /** Seconds from the change being seen (the key queued) to the pass's first write: the figure "decide + write". */
  firstWrite(controller: string, secondsSinceQueued: number): void
  /** A write reached the server and was carried out. */
  wrote(controller: string, verb: WriteVerb, type: ResourceType): void
  /** The server or our own leadership refused a write because another leader is newer. */
  fenced(controller: string): void
  refused(controller: string, reason: RefusalReason): void
  /** A status was written: what it was before and is now, for metrics that count transitions. */
  statusWritten(controller: string, before: KubeObject, after: KubeObject): void
  /** Source of names: client-go workqueue metrics. */
  queued(queue: string, depth: number): void
  /** The key left the queue; seconds it waited. */
  dequeued(queue: string, depth: number, waitedSeconds: number): void
  worked(queue: string, seconds: number): void
  retried(queue: string): void
}

const nothing = (): void => {}

export const noMetrics: ControllerMetrics = {
  reconciled: nothing,
  firstWrite: nothing,
  wrote: nothing,
  fenced: nothing,
  refused: nothing,
  statusWritten: nothing,
  queued: nothing,
  dequeued: nothing,
  worked: nothing,
  retried: nothing,
}

/** Calls each of `all`, in order. */
export const allMetrics = (...all: readonly Partial<ControllerMetrics>[]): ControllerMetrics => {
  const fan =
    <K extends keyof ControllerMetrics>(hook: K) =>
    (...args: Parameters<ControllerMetrics[K]>): void => {
      for (const each of all)
        (each[hook] as ((...args: Parameters<ControllerMetrics[K]>) => void) | undefined)?.(...args)
    }
  return {
    reconciled: fan('reconciled'),
    firstWrite: fan('firstWrite'),
    wrote: fan('wrote'),
    fenced: fan('fenced'),
    refused: fan('refused'),
    statusWritten: fan('statusWritten'),
    queued: fan('queued'),
    dequeued: fan('dequeued'),
    worked: fan('worked'),
    retried: fan('retried'),
  }
}
