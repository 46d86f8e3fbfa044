import { ApiError } from '../kube/errors.ts'
import { type ResourceType, resourceName } from '../kube/resource-type.ts'

/** One field that validation refused, as `details.causes` of a Status says it. Source: apimachinery field.Error. */
export interface FieldError {
  readonly field: string
  readonly reason: string
  readonly message: string
}

const shown = (value: unknown): string => JSON.stringify(value) ?? 'null'

export const invalidValue = (field: string, value: unknown, message: string): FieldError => ({
  field,
  reason: 'FieldValueInvalid',
  message: `Invalid value: ${shown(value)}: ${message}`,
})
export const requiredValue = (field: string, message = ''): FieldError => ({
  field,
  reason: 'FieldValueRequired',
  message: message === '' ? 'Required value' : `Required value: ${message}`,
})
export const forbiddenValue = (field: string, message: string): FieldError => ({
  field,
  reason: 'FieldValueForbidden',
  message: `Forbidden: ${message}`,
})
export const tooLong = (field: string, limit: number): FieldError => ({
  field,
  reason: 'FieldValueTooLong',
  message: `Too long: may not be more than ${limit} bytes`,
})
export const duplicateValue = (field: string, value: unknown): FieldError => ({
  field,
  reason: 'FieldValueDuplicate',
  message: `Duplicate value: ${shown(value)}`,
})
export const notFoundValue = (field: string, value: unknown): FieldError => ({
  field,
  reason: 'FieldValueNotFound',
  message: `Not found: ${shown(value)}`,
})
export const unsupportedValue = (field: string, value: unknown, supported: readonly string[]): FieldError => ({
  field,
  reason: 'FieldValueNotSupported',
  message: `Unsupported value: ${shown(value)}: supported values: ${supported.map(shown).join(', ')}`,
})

const qualifiedKind = (type: ResourceType): string => (type.group === '' ? type.kind : `${type.kind}.${type.group}`)

export const notFound = (type: ResourceType, name: string): ApiError =>
  new ApiError(404, 'NotFound', `${resourceName(type)} "${name}" not found`)
export const unknownResource = (): ApiError =>
  new ApiError(404, 'NotFound', 'the server could not find the requested resource')
export const alreadyExists = (type: ResourceType, name: string, leaving: boolean): ApiError =>
  new ApiError(
    409,
    'AlreadyExists',
    `${leaving ? 'object is being deleted: ' : ''}${resourceName(type)} "${name}" already exists`,
  )
export const conflict = (type: ResourceType, name: string, why: string): ApiError =>
  new ApiError(409, 'Conflict', `Operation cannot be fulfilled on ${resourceName(type)} "${name}": ${why}`)
export const modified = (type: ResourceType, name: string): ApiError =>
  conflict(type, name, 'the object has been modified; please apply your changes to the latest version and try again')
/** A DELETE's precondition failed: the server names the kind where other conflicts name the resource. */
export const precondition = (type: ResourceType, name: string, why: string): ApiError =>
  new ApiError(409, 'Conflict', `Operation cannot be fulfilled on ${type.kind} "${name}": ${why}`)
export const forbidden = (type: ResourceType, name: string, why: string, causes: ApiError['causes'] = []): ApiError =>
  new ApiError(403, 'Forbidden', `${resourceName(type)} "${name}" is forbidden: ${why}`, { causes })
export const badRequest = (message: string): ApiError => new ApiError(400, 'BadRequest', message)
export const expired = (message: string): ApiError => new ApiError(410, 'Expired', message)

/** A PUT without the version that this kind demands. */
export const unversioned = (type: ResourceType, name: string): ApiError =>
  invalidAs(resourceName(type), name, [invalidValue('metadata.resourceVersion', 0, 'must be specified for an update')])

export const invalid = (type: ResourceType, name: string | undefined, errors: readonly FieldError[]): ApiError =>
  invalidAs(qualifiedKind(type), name ?? '', errors)

const invalidAs = (what: string, name: string, errors: readonly FieldError[]): ApiError => {
  const sentences = errors.map((error) => (error.field === '' ? error.message : `${error.field}: ${error.message}`))
  const list = sentences.length === 1 ? sentences[0] : `[${sentences.join(', ')}]`
  return new ApiError(422, 'Invalid', `${what} "${name}" is invalid: ${list}`, { causes: errors })
}
