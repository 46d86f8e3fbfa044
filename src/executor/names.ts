import { createHash } from 'node:crypto'

/** Names of pods are host names. */
export const MAX_POD_NAME = 63

/**
 * `<run>-<task>-<attempt>`; where that is longer than `max`, its beginning, a hash of the whole, and the attempt.
 * Deterministic, so that a pass that is repeated after a crash meets its own child.
 */
export const childName = (run: string, task: string, attempt: number, max: number): string => {
  const whole = `${run}-${task}-${attempt}`
  if (whole.length <= max) return whole
  const end = `-${hash(`${run}/${task}`)}-${attempt}`
  return `${`${run}-${task}`.slice(0, max - end.length).replace(/-+$/, '')}${end}`
}

const hash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 8)
