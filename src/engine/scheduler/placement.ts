import type { Locality } from './scheduling.ts'

/** An executor as placement sees it. Id 0 is the driver. */
export interface Place {
  readonly executor: number
  readonly host: string
  readonly slots: number
  busy: number
  draining: boolean
}

export interface Placed {
  readonly place: Place
  readonly locality: Locality
}

const leastBusy = (places: readonly Place[]): Place | undefined => {
  let best: Place | undefined
  for (const place of places) if (best === undefined || place.busy / place.slots < best.busy / best.slots) best = place
  return best
}

/**
 * Where a task runs now; `wait` when it would rather wait for a busy place that holds its input; undefined when no
 * place is free for it. `preferred` are executor ids and host names, best first; those that are not there count not.
 */
export const placeTask = (
  preferred: readonly string[],
  all: readonly Place[],
  free: readonly Place[],
  waitIsOver: boolean,
): Placed | 'wait' | undefined => {
  if (free.length === 0) return undefined
  const wanted = preferred.filter((name) => all.some((place) => String(place.executor) === name || place.host === name))
  for (const name of wanted) {
    const process = free.find((place) => String(place.executor) === name)
    if (process !== undefined) return { place: process, locality: 'PROCESS_LOCAL' }
    const node = leastBusy(free.filter((place) => place.host === name))
    if (node !== undefined) return { place: node, locality: 'NODE_LOCAL' }
  }
  if (wanted.length > 0 && !waitIsOver) return 'wait'
  const place = leastBusy(free)
  return place === undefined ? undefined : { place, locality: wanted.length > 0 ? 'ANY' : 'NO_PREF' }
}
