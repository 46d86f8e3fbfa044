import { definitionOf } from '../api/kinds.ts'
import { admit } from '../api/validate.ts'
import type { Manifest } from './load-manifests.ts'

export interface Finding {
  readonly source: string
  readonly object: string
  readonly field: string
  readonly message: string
  readonly severity: 'error' | 'warning'
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Paths that are in `given` and not in `kept`: what the API server would drop without a word. */
export const droppedFields = (given: unknown, kept: unknown, path = ''): readonly string[] => {
  if (isRecord(given) && isRecord(kept)) {
    return Object.entries(given).flatMap(([name, value]) => {
      const at = path === '' ? name : `${path}.${name}`
      if (value === null || value === undefined) return []
      return name in kept ? droppedFields(value, kept[name], at) : [at]
    })
  }
  if (Array.isArray(given) && Array.isArray(kept)) {
    return given.flatMap((value, index) => droppedFields(value, kept[index], `${path}[${index}]`))
  }
  return []
}

/** What the API server would say of each object of our kinds; other kinds are not judged. */
export const checkManifest = ({ source, object }: Manifest): readonly Finding[] => {
  const named = `${object.kind}/${object.metadata.name ?? object.metadata.generateName}`
  const finding = (severity: Finding['severity'], field: string, message: string): Finding => ({
    source,
    object: named,
    field,
    message,
    severity,
  })
  if (definitionOf(object.apiVersion, object.kind) === undefined) return []
  const admission = admit(object)
  if (!admission.ok) return admission.problems.map(({ field, message }) => finding('error', field, message))
  return droppedFields(object.spec, (admission.object as Record<string, unknown>).spec, 'spec').map((field) =>
    finding('warning', field, 'unknown field: the API server would drop it; check the spelling'),
  )
}

export const findingLine = ({ source, object, field, message, severity }: Finding): string =>
  `${source}: ${object}: ${severity === 'warning' ? 'warning: ' : ''}${field === '' ? '' : `${field}: `}${message}`
