import type { Unit } from './unit.ts'

/** What a unit left behind. */
export interface Ended {
  readonly unit: Unit
  readonly seconds: number
  /** The driver's log; of a run: of its worker pods. */
  readonly log: readonly string[]
}

/** One JSON document for scripts: what ran, how it ended, why, and what it printed. */
export const summaryJson = (ended: readonly Ended[]): string =>
  JSON.stringify(
    {
      succeeded: ended.every(({ unit }) => unit.outcome === 'succeeded'),
      objects: ended.map(({ unit, seconds, log }) => ({
        kind: unit.kind,
        namespace: unit.namespace,
        name: unit.name,
        state: unit.state,
        succeeded: unit.outcome === 'succeeded',
        seconds: Number(seconds.toFixed(3)),
        ...(unit.attempt > 0 ? { attempts: unit.attempt } : {}),
        ...(unit.message && unit.outcome !== 'succeeded' ? { message: unit.message } : {}),
        ...(unit.tasks.length > 0
          ? {
              tasks: unit.tasks.map(({ name, state, message, result }) => ({
                name,
                state,
                ...(message ? { message } : {}),
                ...(result === undefined ? {} : { result }),
              })),
            }
          : {}),
        log,
      })),
    },
    null,
    2,
  )

/** A line a unit, and how the whole ended. */
export const summaryText = (ended: readonly Ended[], how: 'ended' | 'interrupted' | 'timeout'): string => {
  const lines = ended.map(({ unit, seconds }) => {
    const mark = unit.outcome === 'succeeded' ? '✓' : '✗'
    const message = unit.outcome !== 'succeeded' && unit.message ? `: ${unit.message}` : ''
    return `${mark} ${unit.kind}/${unit.name} ${unit.state} in ${seconds.toFixed(1)} s${message}`
  })
  const failed = ended.filter(({ unit }) => unit.outcome !== 'succeeded').length
  const total = `${ended.length - failed} succeeded, ${failed} did not`
  const why = how === 'interrupted' ? 'Interrupted: ' : how === 'timeout' ? 'The time given is over: ' : ''
  return [...lines, `${why}${total}`].join('\n')
}
