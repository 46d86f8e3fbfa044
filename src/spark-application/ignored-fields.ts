import { ignoredFields as unsupportedFields } from '../api/engine-support.ts'
import type { SparkApplicationSpec } from '../api/spark-application.ts'
import type { Situation } from './situation.ts'

const known = new WeakMap<object, { readonly text: string | undefined }>()

/** One text for condition and event about the fields that are set and have no effect. Undefined: there are none. */
export const ignoredFields = ({ spec }: Situation): string | undefined => {
  const found = known.get(spec)
  if (found !== undefined) return found.text
  const text = textOf(spec)
  known.set(spec, { text })
  return text
}

const textOf = (spec: SparkApplicationSpec): string | undefined => {
  const fields = unsupportedFields(spec)
  return fields.length === 0
    ? undefined
    : `These fields have no effect: ${fields.map(({ field, message }) => `${field} (${message})`).join('; ')}`
}
