/** Source: Kubernetes API conventions, "Typical status properties" (metav1.Condition). */
export interface Condition {
  readonly type: string
  readonly status: 'True' | 'False' | 'Unknown'
  readonly reason: string
  readonly message: string
  /** RFC 3339, seconds. */
  readonly lastTransitionTime: string
  readonly observedGeneration?: number
}

export const MAX_MESSAGE = 1024

/** Cuts at `limit` characters without splitting a surrogate pair, and says that it cut. */
export const bounded = (text: string, limit: number = MAX_MESSAGE): string => {
  if (text.length <= limit) return text
  const cut = text.slice(0, limit - 1)
  return `${/[\uD800-\uDBFF]$/.test(cut) ? cut.slice(0, -1) : cut}…`
}

/** RFC 3339 with seconds, as metav1.Time is written. */
export const timestamp = (now: number): string => `${new Date(now).toISOString().slice(0, 19)}Z`

/**
 * `conditions` with `next` in it. lastTransitionTime moves only when `status` changes; nothing else in the list moves.
 */
export const withCondition = (
  conditions: readonly Condition[],
  next: Omit<Condition, 'lastTransitionTime'>,
  now: number,
): readonly Condition[] => {
  const old = conditions.find((condition) => condition.type === next.type)
  const condition: Condition = {
    ...next,
    message: bounded(next.message),
    lastTransitionTime: old?.status === next.status ? old.lastTransitionTime : timestamp(now),
  }
  return old === undefined
    ? [...conditions, condition]
    : conditions.map((each) => (each.type === next.type ? condition : each))
}
