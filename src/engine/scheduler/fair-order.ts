import type { PoolSettings } from './scheduling.ts'

/** A thing that shares slots: a pool, or a stage within one. Source: Spark's FairSchedulingAlgorithm. */
export interface Share {
  readonly name: string
  readonly running: number
  readonly weight: number
  readonly minShare: number
}

/** Those below their minimum first, by how far; then by running tasks for their weight; then by name. */
export const compareShares = (a: Share, b: Share): number => {
  const needyA = a.running < a.minShare
  const needyB = b.running < b.minShare
  if (needyA !== needyB) return needyA ? -1 : 1
  const ratio = needyA
    ? a.running / Math.max(a.minShare, 1) - b.running / Math.max(b.minShare, 1)
    : a.running / a.weight - b.running / b.weight
  if (ratio !== 0) return ratio
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0
}

interface Queued {
  readonly id: number
  readonly job: number
  readonly pool: string
  readonly running: number
}

/** First job first, and within a job the first submitted stage. Source: Spark's FIFOSchedulingAlgorithm. */
export const compareFifo = (a: Queued, b: Queued): number => a.job - b.job || a.id - b.id

const DEFAULT_POOL: PoolSettings = { mode: 'FIFO', weight: 1, minShare: 0 }

/** Stages in the order in which they are offered slots. */
export const stageOrder = <T extends Queued>(
  stages: readonly T[],
  mode: 'FIFO' | 'FAIR',
  pools: Readonly<Record<string, PoolSettings>>,
): readonly T[] => {
  if (mode === 'FIFO' || stages.length < 2) return stages.toSorted(compareFifo)
  const byPool = Map.groupBy(stages, ({ pool }) => pool)
  const ordered = [...byPool].map(([name, members]) => {
    const settings = pools[name] ?? DEFAULT_POOL
    const running = members.reduce((sum, member) => sum + member.running, 0)
    return { share: { name, running, ...settings }, members, settings }
  })
  return ordered
    .toSorted((a, b) => compareShares(a.share, b.share))
    .flatMap(({ members, settings }) =>
      settings.mode === 'FIFO'
        ? members.toSorted(compareFifo)
        : members.toSorted(
            (a, b) =>
              compareShares(
                { name: '', running: a.running, weight: 1, minShare: 0 },
                { name: '', running: b.running, weight: 1, minShare: 0 },
              ) || compareFifo(a, b),
          ),
    )
}
