import { ApiError } from '../kube/errors.ts'
import { mergedWith, withoutFields } from './apply-merge.ts'
import { claimsOf, compareFields, duplicateItems, type FieldPath, fieldsOf, printed } from './fields.ts'
import type { ListKeys } from './list-keys.ts'

/** Who set which fields by which kind of write. Source: metav1.ManagedFieldsEntry. */
export interface FieldManager {
  readonly manager: string
  readonly operation: 'Apply' | 'Update'
  readonly subresource: string
  readonly apiVersion: string
  readonly time: string
  readonly fields: ReadonlySet<FieldPath>
}

export type Writer = Omit<FieldManager, 'fields'>

const isSame = (a: Writer, b: Writer): boolean =>
  a.manager === b.manager && a.operation === b.operation && a.subresource === b.subresource

const minus = (a: ReadonlySet<FieldPath>, b: ReadonlySet<FieldPath>): ReadonlySet<FieldPath> =>
  b.size === 0 || a.isDisjointFrom(b) ? a : a.difference(b)

const keptOnly = (managers: readonly FieldManager[]): FieldManager[] =>
  managers.filter((manager) => manager.fields.size > 0)

/**
 * Owners after a create, replace or patch: the writer owns what it changed, everyone loses what changed or went. Of an
 * object that nobody owns anything of nothing is recorded until it is applied. Source: managedfields, skipNonApplied.
 */
export const ownersAfterUpdate = (
  before: object,
  after: object,
  managers: readonly FieldManager[],
  writer: Writer,
  listKeys: ListKeys,
): readonly FieldManager[] => {
  const exists = 'metadata' in before
  if (exists && managers.length === 0) return managers
  const { changed, removed } = compareFields(fieldsOf(before, listKeys), fieldsOf(after, listKeys))
  if (changed.size === 0 && removed.size === 0) return managers
  const lost = changed.union(removed)
  const own = managers.find((each) => isSame(each, writer))
  const others = managers.filter((each) => each !== own).map((each) => ({ ...each, fields: minus(each.fields, lost) }))
  const fields = minus((own?.fields ?? new Set<FieldPath>()).union(changed), removed)
  return keptOnly([...others, { ...writer, fields }])
}

export interface Applied<T> {
  readonly object: T
  readonly managers: readonly FieldManager[]
}

/**
 * Server-side apply of `config` to `live`: fields that the writer applied before and now leaves out go, unless another
 * manager owns them. Throws Conflict, naming the owners, where another manager owns a field that would change and
 * `force` is not set. Same value: both own it. Source: structured-merge-diff, merge.Updater.Apply.
 */
export const applied = <T extends object>(
  live: T,
  config: object,
  managers: readonly FieldManager[],
  writer: Writer,
  options: { readonly force: boolean; readonly listKeys: ListKeys },
): Applied<T> => {
  const { listKeys } = options
  const known = managers.length > 0 ? managers : beforeFirstApply(live, writer, listKeys)
  const own = known.find((each) => isSame(each, writer))
  const others = known.filter((each) => each !== own)
  const claimed = claimsOf(config, listKeys)
  const ownedByOthers = others.reduce<ReadonlySet<FieldPath>>((all, each) => all.union(each.fields), new Set())
  const given = minus(minus(own?.fields ?? new Set(), claimed), ownedByOthers)
  const merged = mergedWith(live, config, listKeys) as T
  const object = withoutFields(merged, given, ownedByOthers, claimed)
  const { changed, removed } = compareFields(fieldsOf(live, listKeys), fieldsOf(object, listKeys))
  const conflicts = others.flatMap((each) =>
    [...each.fields].filter((path) => changed.has(path)).map((path) => ({ owner: each, path: printed(path) })),
  )
  if (conflicts.length > 0 && !options.force) throw applyConflict(conflicts)
  // What others own does not go with what was in it: a map that they brought about stays theirs, though empty.
  const lost = changed.union(minus(removed, ownedByOthers))
  const unchanged = own !== undefined && own.fields.size === claimed.size && own.fields.isSubsetOf(claimed)
  return {
    object,
    managers: keptOnly([
      ...others.map((each) =>
        each.fields.isDisjointFrom(lost) ? each : { ...each, fields: minus(each.fields, lost) },
      ),
      unchanged ? own : { ...writer, fields: claimed },
    ]),
  }
}

/** The first apply finds an object that nobody owns: all it has counts as written by whoever came before. */
const beforeFirstApply = (live: object, writer: Writer, listKeys: ListKeys): readonly FieldManager[] =>
  keptOnly([
    {
      manager: 'before-first-apply',
      operation: 'Update',
      subresource: '',
      apiVersion: writer.apiVersion,
      time: writer.time,
      fields: new Set(fieldsOf(live, listKeys).keys()),
    },
  ])

/** Throws where a keyed list of an applied object names an item twice. */
export const refuseDuplicates = (config: object, listKeys: ListKeys): void => {
  const [first] = duplicateItems(config, listKeys)
  if (first === undefined) return
  const why = `${first.list}: duplicate entries for key ${first.item}`
  throw new ApiError(500, 'InternalError', `failed to create typed patch object: ${why}`)
}

/** Whether the same managers own the same fields; times do not count. */
export const sameOwners = (a: readonly FieldManager[], b: readonly FieldManager[]): boolean =>
  a === b ||
  (a.length === b.length &&
    a.every((one) => {
      const other = b.find((each) => isSame(one, each))
      return other !== undefined && other.fields.size === one.fields.size && one.fields.isSubsetOf(other.fields)
    }))

const named = (owner: Writer): string => {
  const name =
    JSON.stringify(owner.manager) + (owner.subresource === '' ? '' : ` with subresource "${owner.subresource}"`)
  return owner.operation === 'Update' ? `${name} using ${owner.apiVersion}` : name
}

const applyConflict = (conflicts: readonly { readonly owner: Writer; readonly path: string }[]): ApiError => {
  const sorted = conflicts
    .map(({ owner, path }) => ({ owner: named(owner), path }))
    .sort((a, b) => (a.owner < b.owner || (a.owner === b.owner && a.path < b.path) ? -1 : 1))
  const owners = Map.groupBy(sorted, ({ owner }) => owner)
  const list = [...owners].map(
    ([owner, fields]) => `conflicts with ${owner}:\n${fields.map(({ path }) => `- ${path}`).join('\n')}`,
  )
  const [first] = sorted
  const message =
    sorted.length === 1 && first !== undefined
      ? `Apply failed with 1 conflict: conflict with ${first.owner}: ${first.path}`
      : `Apply failed with ${sorted.length} conflicts: ${list.join('\n')}`
  return new ApiError(409, 'Conflict', message, {
    causes: sorted.map(({ owner, path }) => ({
      reason: 'FieldManagerConflict',
      message: `conflict with ${owner}`,
      field: path,
    })),
  })
}
