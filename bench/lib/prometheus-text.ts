/** One line of Prometheus' text format. */
export interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

export const parseMetrics = (text: string): readonly Sample[] =>
  text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [, name, labels, value] = /^([^{\s]+)(?:\{(.*)\})?\s+(\S+)/.exec(line) ?? []
      if (name === undefined || value === undefined) throw new Error(`not a metric: ${line}`)
      const pairs = [...(labels ?? '').matchAll(/([^=,]+)="((?:[^"\\]|\\.)*)"/g)].map(([, key, text]) => [key!, text!])
      return { name, labels: Object.fromEntries(pairs) as Record<string, string>, value: Number(value) }
    })

const matches = (sample: Sample, labels: Readonly<Record<string, string>>): boolean =>
  Object.entries(labels).every(([key, value]) => sample.labels[key] === value)

/** Sum over the series of a metric that have these labels. Throws where there is no such series: a misspelt name. */
export const total = (
  samples: readonly Sample[],
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number => {
  const found = samples.filter((sample) => sample.name === name && matches(sample, labels))
  if (found.length === 0) throw new Error(`no metric ${name} ${JSON.stringify(labels)}`)
  return found.reduce((sum, sample) => sum + sample.value, 0)
}

/**
 * Quantile of what a histogram took in between two scrapes, as histogram_quantile estimates it: linear within a bucket.
 */
export const quantileBetween = (
  before: readonly Sample[],
  after: readonly Sample[],
  histogram: string,
  share: number,
  labels: Readonly<Record<string, string>> = {},
): number => {
  const bounds = [
    ...new Set(after.filter((s) => s.name === `${histogram}_bucket` && matches(s, labels)).map((s) => s.labels.le!)),
  ]
    .map((le) => ({ le, bound: le === '+Inf' ? Number.POSITIVE_INFINITY : Number(le) }))
    .sort((a, b) => a.bound - b.bound)
  const counts = bounds.map(({ le }) => {
    const at = { ...labels, le }
    const old = before.some((s) => s.name === `${histogram}_bucket` && matches(s, at))
      ? total(before, `${histogram}_bucket`, at)
      : 0
    return total(after, `${histogram}_bucket`, at) - old
  })
  const all = counts.at(-1) ?? 0
  if (all === 0) throw new Error(`${histogram} took nothing in`)
  const rank = share * all
  const index = counts.findIndex((count) => count >= rank)
  const upper = bounds[index]!.bound
  const lower = index === 0 ? 0 : bounds[index - 1]!.bound
  if (upper === Number.POSITIVE_INFINITY) return lower
  const below = index === 0 ? 0 : counts[index - 1]!
  return lower + ((upper - lower) * (rank - below)) / Math.max(1, counts[index]! - below)
}
