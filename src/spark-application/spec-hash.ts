import { createHash } from 'node:crypto'
import type { SparkApplicationSpec } from '../api/spark-application.ts'

/** On Secret and driver pod: the fingerprint of the spec that they were made from. */
export const SPEC_HASH = 'bellows.dev/spec-hash'

const known = new WeakMap<object, string>()

/**
 * Fingerprint of all that makes a run what it is: everything but `suspend` and `timeToLiveSeconds`, whose change restarts
 * nothing. Source: the published rule for spec changes. Key order does not count.
 */
export const specHash = (spec: SparkApplicationSpec): string => {
  const found = known.get(spec)
  if (found !== undefined) return found
  const { suspend: _suspend, timeToLiveSeconds: _ttl, ...rest } = spec
  const hash = createHash('sha256').update(canonical(rest)).digest('hex').slice(0, 16)
  known.set(spec, hash)
  return hash
}

const canonical = (value: unknown): string =>
  JSON.stringify(value, (_key, each: unknown) =>
    typeof each === 'object' && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
      : each,
  )
