import type { ListOptions, ListPage } from '../kube/cluster.ts'
import { ApiError } from '../kube/errors.ts'
import type { KubeObject } from '../kube/object.ts'
import type { KindRules } from './kind-rules.ts'
import type { ObjectStore } from './object-store.ts'
import { badRequest, expired } from './refusals.ts'
import { fieldSelector, labelSelector } from './selectors.ts'

interface Snapshot {
  readonly items: readonly KubeObject[]
  readonly resourceVersion: string
}

/** So many unfinished lists are kept; the token of an older one has expired. */
const MAX_SNAPSHOTS = 64

/** Lists in pages. All pages of one list show the state that its first page showed. */
export class ListPages {
  readonly #store: ObjectStore
  readonly #snapshots = new Map<number, Snapshot>()
  #count = 0

  constructor(store: ObjectStore) {
    this.#store = store
  }

  page(rules: KindRules, options: ListOptions): ListPage {
    const limit = options.limit ?? 0
    if (limit < 0) throw badRequest('limit must not be negative')
    if (options.continue !== undefined && options.continue !== '') return this.#next(options.continue, limit)
    const snapshot = this.#snapshot(rules, options)
    if (limit === 0 || snapshot.items.length <= limit) return snapshot
    const id = ++this.#count
    this.#snapshots.set(id, snapshot)
    for (const old of this.#snapshots.keys()) if (old <= id - MAX_SNAPSHOTS) this.#snapshots.delete(old)
    return this.#slice(id, snapshot, 0, limit)
  }

  #next(token: string, limit: number): ListPage {
    const match = /^(\d+):(\d+)$/.exec(Buffer.from(token, 'base64url').toString())
    if (match === null) throw badRequest('continue key is not valid')
    const [id, offset] = [Number(match[1]), Number(match[2])]
    const snapshot = this.#snapshots.get(id)
    if (snapshot === undefined) {
      throw expired(
        'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter.',
      )
    }
    return this.#slice(id, snapshot, offset, limit)
  }

  #slice(id: number, { items, resourceVersion }: Snapshot, from: number, limit: number): ListPage {
    const to = limit === 0 ? items.length : from + limit
    const page = { items: items.slice(from, to), resourceVersion }
    if (to >= items.length) return page
    return { ...page, continue: Buffer.from(`${id}:${to}`).toString('base64url') }
  }

  #snapshot(rules: KindRules, options: ListOptions): Snapshot {
    const labels = labelSelector(options.labelSelector)
    const fields = fieldSelector(options.fieldSelector, selectableOf(rules))
    const { objects, revision } = this.#state(rules, options)
    const items = objects.filter(
      (object) =>
        (options.namespace === undefined || object.metadata.namespace === options.namespace) &&
        labels(object) &&
        fields(object),
    )
    return { items, resourceVersion: String(revision) }
  }

  #state(rules: KindRules, options: ListOptions): { readonly objects: KubeObject[]; readonly revision: number } {
    const current = this.#store.revision
    const { resourceVersion, resourceVersionMatch } = options
    if (resourceVersionMatch !== undefined && !resourceVersion) {
      const field = 'resourceVersionMatch'
      const message = 'Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided'
      throw new ApiError(422, 'Invalid', `ListOptions.meta.k8s.io "" is invalid: ${field}: ${message}`, {
        causes: [{ reason: 'FieldValueForbidden', message, field }],
      })
    }
    if (resourceVersion === undefined || resourceVersion === '' || resourceVersion === '0') {
      return { objects: this.#store.list(rules), revision: current }
    }
    if (!/^\d+$/.test(resourceVersion)) throw badRequest(`Invalid value: "${resourceVersion}": not a resource version`)
    const asked = Number(resourceVersion)
    if (asked > current) {
      throw new ApiError(504, 'Timeout', `Timeout: Too large resource version: ${asked}, current: ${current}`, {
        retryAfterMs: 1000,
        causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
      })
    }
    if (resourceVersionMatch !== 'Exact') return { objects: this.#store.list(rules), revision: current }
    const objects = this.#store.listAt(rules, asked)
    if (objects === undefined) throw expired(`The resourceVersion for the provided list is too old.`)
    return { objects, revision: asked }
  }
}

/** Field selectors of every kind may name these. */
export const selectableOf = (rules: KindRules): readonly string[] => [
  'metadata.name',
  ...(rules.type.namespaced ? ['metadata.namespace'] : []),
  ...rules.selectable,
]
