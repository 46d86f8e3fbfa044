import type { WatchEvent } from '../kube/cluster.ts'
import type { KubeObject } from '../kube/object.ts'
import type { Change } from './object-store.ts'

export interface WatchFilter {
  readonly namespace: string | undefined
  readonly matches: (object: KubeObject) => boolean
}

const atVersion = (object: KubeObject, resourceVersion: string): KubeObject => ({
  ...object,
  metadata: { ...object.metadata, resourceVersion },
})

/**
 * What a watcher with this filter sees of a change: an object that comes to match is ADDED, one that ceases to is
 * DELETED in its last matching state. Undefined: nothing.
 */
export const seenBy = (filter: WatchFilter, change: Change): WatchEvent | undefined => {
  if (filter.namespace !== undefined && change.object.metadata.namespace !== filter.namespace) return undefined
  const now = change.type !== 'DELETED' && filter.matches(change.object)
  const before = change.previous !== undefined && filter.matches(change.previous)
  if (now) return { type: before ? 'MODIFIED' : 'ADDED', object: change.object }
  if (!before || change.previous === undefined) return undefined
  const last = change.type === 'DELETED' ? change.object : change.previous
  return { type: 'DELETED', object: atVersion(last, String(change.revision)) }
}

/** The events that wait for one watcher. Push from anywhere, read once. */
export class WatchStream {
  readonly #waiting: WatchEvent[] = []
  #wake: (() => void) | undefined
  #ended = false

  push(event: WatchEvent): void {
    if (this.#ended) return
    this.#waiting.push(event)
    this.#wake?.()
  }

  /** No more events; those that wait are still read. */
  end(): void {
    this.#ended = true
    this.#wake?.()
  }

  /** No more events at all. */
  stop(): void {
    this.#waiting.length = 0
    this.end()
  }

  async *read(): AsyncGenerator<WatchEvent> {
    for (;;) {
      const event = this.#waiting.shift()
      if (event !== undefined) {
        yield event
        continue
      }
      if (this.#ended) return
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
      this.#wake = undefined
    }
  }
}
