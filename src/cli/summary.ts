import type { Unit } from './unit.ts'

/** What a unit left behind. */
export interface Ended {
  readonly unit: Unit
  readonly seconds: number
  /** The driver's log; of a run: of its worker pods. */
  readonly log: readonly string[]
}

/** What ended the command: all its objects, or something from outside before they had ended. */
export type How = 'ended' | 'interrupted' | 'timeout'

const NOT_ENDED: Readonly<Record<How, string>> = {
  ended: 'it has not ended',
  interrupted: 'it had not ended when the command was interrupted',
  timeout: 'it had not ended when the time given was over',
}

/** What a task that has not ended waits for. */
const waitOf = ({ tasks }: Unit): string | undefined => {
  const waits = tasks.find(({ state, message }) => message && !['success', 'skipped'].includes(state))
  return waits === undefined ? undefined : `task ${waits.name} ${waits.state}: ${waits.message}`
}

const messageOf = (unit: Unit, how: How): string | undefined => {
  const { message, outcome } = unit
  if (outcome === 'succeeded') return undefined
  if (outcome === 'failed') return message
  const why = message ?? waitOf(unit)
  return why ? `${NOT_ENDED[how]}: ${why}` : NOT_ENDED[how]
}

/** One JSON document for scripts: what ran, how it ended, why, and what it printed. */
export const summaryJson = (ended: readonly Ended[], how: How): string =>
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
        ...(messageOf(unit, how) ? { message: messageOf(unit, how) } : {}),
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
export const summaryText = (ended: readonly Ended[], how: How): string => {
  const lines = ended.map(({ unit, seconds }) => {
    const mark = unit.outcome === 'succeeded' ? '✓' : '✗'
    const why = messageOf(unit, how)
    const message = why ? `: ${why}` : ''
    return `${mark} ${unit.kind}/${unit.name} ${unit.state} in ${seconds.toFixed(1)} s${message}`
  })
  const failed = ended.filter(({ unit }) => unit.outcome !== 'succeeded').length
  const total = `${ended.length - failed} succeeded, ${failed} did not`
  const why = how === 'interrupted' ? 'Interrupted: ' : how === 'timeout' ? 'The time given is over: ' : ''
  return [...lines, `${why}${total}`].join('\n')
}
