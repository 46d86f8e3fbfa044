import type { ResourceType } from '../kube/resource-type.ts'
import { isObject, type JsonObject, same } from './json.ts'
import { dnsLabelErrors, labelValueErrors, qualifiedNameErrors } from './names.ts'
import { badRequest, type FieldError, forbiddenValue, invalidValue, requiredValue, tooLong } from './refusals.ts'

const MAX_ANNOTATIONS = 256 * 1024
const STANDARD_FINALIZERS = new Set(['foregroundDeletion', 'orphan', 'kubernetes'])

export const metadataOf = (object: JsonObject): JsonObject => (isObject(object.metadata) ? object.metadata : {})

const stringMap = (metadata: JsonObject, field: string): [string, string][] => {
  const value = metadata[field]
  if (value === undefined || value === null) return []
  const entries = isObject(value) ? Object.values(value) : [value]
  const wrong = entries.find((each) => typeof each !== 'string')
  if (wrong !== undefined) {
    throw badRequest(
      `json: cannot unmarshal ${typeof wrong} into Go struct field ObjectMeta.metadata.${field} of type string`,
    )
  }
  return Object.entries(value) as [string, string][]
}

/** Source: apimachinery ValidateObjectMeta. Throws BadRequest where metadata is not of the right JSON types. */
export const metadataErrors = (
  type: ResourceType,
  object: JsonObject,
  nameErrors: (name: string) => readonly string[],
): FieldError[] => {
  const metadata = metadataOf(object)
  const errors: FieldError[] = []
  const { name, namespace } = metadata
  if (typeof name !== 'string' || name === '') {
    errors.push(requiredValue('metadata.name', 'name or generateName is required'))
  } else errors.push(...nameErrors(name).map((why) => invalidValue('metadata.name', name, why)))
  if (type.namespaced && typeof namespace === 'string') {
    errors.push(...dnsLabelErrors(namespace).map((why) => invalidValue('metadata.namespace', namespace, why)))
  }
  for (const [key, value] of stringMap(metadata, 'labels')) {
    errors.push(...qualifiedNameErrors(key).map((why) => invalidValue('metadata.labels', key, why)))
    errors.push(...labelValueErrors(value).map((why) => invalidValue('metadata.labels', value, why)))
  }
  let size = 0
  for (const [key, value] of stringMap(metadata, 'annotations')) {
    errors.push(...qualifiedNameErrors(key.toLowerCase()).map((why) => invalidValue('metadata.annotations', key, why)))
    size += Buffer.byteLength(key) + Buffer.byteLength(value)
  }
  if (size > MAX_ANNOTATIONS) errors.push(tooLong('metadata.annotations', MAX_ANNOTATIONS))
  errors.push(...ownerErrors(metadata.ownerReferences))
  listOf(metadata.finalizers).forEach((finalizer, index) => {
    const why = qualifiedNameErrors(String(finalizer))
    errors.push(...why.map((each) => invalidValue('metadata.finalizers', finalizer, each)))
    // Custom resources (groups with a dot that are not Kubernetes' own) may name theirs as they like.
    const builtIn = type.group === '' || type.group.endsWith('.k8s.io')
    if (builtIn && !String(finalizer).includes('/') && !STANDARD_FINALIZERS.has(String(finalizer))) {
      const sentence = 'name is neither a standard finalizer name nor is it fully qualified'
      errors.push(invalidValue(`metadata.finalizers[${index}]`, finalizer, sentence))
    }
  })
  return errors
}

const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])

const ownerErrors = (references: unknown): FieldError[] => {
  const errors: FieldError[] = []
  let controller: JsonObject | undefined
  for (const reference of listOf(references)) {
    const owner = isObject(reference) ? reference : {}
    for (const field of ['apiVersion', 'kind', 'name', 'uid']) {
      if (typeof owner[field] !== 'string' || owner[field] === '') {
        const why = field === 'apiVersion' ? 'version must not be empty' : 'must not be empty'
        errors.push(invalidValue(`metadata.ownerReferences.${field}`, owner[field] ?? '', why))
      }
    }
    if (owner.controller !== true) continue
    if (controller !== undefined) {
      errors.push(
        invalidValue(
          'metadata.ownerReferences',
          references,
          `Only one reference can have Controller set to true. Found "true" in references for ${controller.kind}/${controller.name} and ${owner.kind}/${owner.name}`,
        ),
      )
    }
    controller = owner
  }
  return errors
}

/** What an update may not do to metadata. Source: apimachinery ValidateObjectMetaUpdate. */
export const metadataUpdateErrors = (next: JsonObject, old: JsonObject): FieldError[] => {
  const metadata = metadataOf(next)
  const before = metadataOf(old)
  const errors: FieldError[] = []
  for (const field of [
    'name',
    'namespace',
    'uid',
    'creationTimestamp',
    'deletionTimestamp',
    'deletionGracePeriodSeconds',
  ]) {
    if (!same(metadata[field], before[field])) {
      errors.push(invalidValue(`metadata.${field}`, metadata[field], 'field is immutable'))
    }
  }
  if (before.deletionTimestamp !== undefined) {
    const had = new Set(listOf(before.finalizers))
    const added = listOf(metadata.finalizers).filter((finalizer) => !had.has(finalizer))
    if (added.length > 0) {
      errors.push(
        forbiddenValue(
          'metadata.finalizers',
          `no new finalizers can be added if the object is being deleted, found new finalizers []string{${added.map((each) => JSON.stringify(each)).join(', ')}}`,
        ),
      )
    }
  }
  return errors
}
