import { definitionOf } from '../api/kinds.ts'
import { admit } from '../api/validate.ts'
import type { Manifest } from './load-manifests.ts'
import { unknownFields } from './unknown-fields.ts'

export interface Finding {
  readonly source: string
  readonly object: string
  readonly field: string
  readonly message: string
  readonly severity: 'error'
}

/** What kubectl and the API server would refuse an object of our kinds for; other kinds are not judged. */
export const checkManifest = ({ source, object }: Manifest): readonly Finding[] => {
  const named = `${object.kind}/${object.metadata.name ?? object.metadata.generateName}`
  const finding = (field: string, message: string): Finding => ({
    source,
    object: named,
    field,
    message,
    severity: 'error',
  })
  if (definitionOf(object.apiVersion, object.kind) === undefined) return []
  const admission = admit(object)
  return [
    ...unknownFields(object).map(({ field, message }) => finding(field, message)),
    ...(admission.ok ? [] : admission.problems.map(({ field, message }) => finding(field, message))),
  ]
}

export const findingLine = ({ source, object, field, message }: Finding): string =>
  `${source}: ${object}: ${field === '' ? '' : `${field}: `}${message}`
