import type { SparkApplicationStatus } from '../api/spark-application.ts'
import { sparkApplicationStatusSchema } from '../api/spark-application-status.ts'

type Field = { safeParse(value: unknown): { success: true; data: unknown } | { success: false } }

const fields = Object.entries(sparkApplicationStatusSchema.shape) as unknown as readonly (readonly [string, Field])[]
const known = new WeakMap<object, SparkApplicationStatus>()

/**
 * The status as far as it can be trusted: people and other programs can write it. A field that does not fit its schema
 * counts as absent, and so does the epoch, which belongs to the shim.
 */
export const knownStatus = (raw: unknown): SparkApplicationStatus => {
  if (typeof raw !== 'object' || raw === null) return {}
  const found = known.get(raw)
  if (found !== undefined) return found
  const status: Record<string, unknown> = {}
  for (const [name, field] of fields) {
    const value = (raw as Readonly<Record<string, unknown>>)[name]
    if (value === undefined || value === null || name === 'leaderEpoch') continue
    const parsed = field.safeParse(value)
    if (parsed.success && parsed.data !== undefined) status[name] = parsed.data
  }
  known.set(raw, status)
  return status
}
