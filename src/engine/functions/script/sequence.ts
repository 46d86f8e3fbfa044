import { fault, type ScriptTable } from './script-function.ts'

/** Spark allows 2,147,483,632; a list of them does not fit into a process of JavaScript. */
const MOST = 10_000_000

const wrong = (): Error =>
  fault(
    'IllegalArgumentException',
    'The step of sequence must lead from start to stop, and not be 0 unless they are equal',
  )

/** The values from start to stop, `at(i)` being the i-th. Source: Spark's Sequence. */
const between = <V extends number | bigint>(stop: V, forward: boolean, at: (index: number) => V): V[] => {
  const values: V[] = []
  for (let index = 0; ; index++) {
    const value = at(index)
    if (forward ? value > stop : value < stop) return values
    values.push(value)
    if (values.length > MOST)
      throw fault('COLLECTION_SIZE_LIMIT_EXCEEDED.PARAMETER', `A sequence has at most ${MOST} elements here`)
  }
}

const DAY = 86_400_000_000n

const local = (micros: bigint, zone: string): Temporal.ZonedDateTime => new Temporal.ZonedDateTime(micros * 1000n, zone)

/** Months and microseconds after a timestamp, on the clock of `zone`; whole days are days of the calendar. */
const later = (start: bigint, months: number, micros: bigint, days: number, zone: string): bigint => {
  if (months === 0 && days === 0) return start + micros
  return local(start, zone).add({ months, days }).epochNanoseconds / 1000n + micros
}

const check = (forward: boolean, zero: boolean, equal: boolean, up: boolean): void => {
  if (equal) return
  if (zero || forward !== up) throw wrong()
}

export const SEQUENCE: ScriptTable = {
  // Dates are days; the step is months or microseconds.
  sequencedate: {
    make: () => (start: number, stop: number, months: number, micros: bigint) => {
      const forward = months !== 0 ? months > 0 : micros > 0n
      const zero = months === 0 && micros === 0n
      check(forward, zero, start === stop, stop > start)
      if (zero) return [start]
      if (months === 0) {
        // Steps shorter than a day are counted on the clock.
        const [from, to] = [BigInt(start) * DAY, BigInt(stop) * DAY]
        if (micros % DAY !== 0n) throw fault('UNSUPPORTED_FEATURE', 'sequence of dates takes whole days or months here')
        return between(to, forward, (index) => from + BigInt(index) * micros).map((one) => Number(one / DAY))
      }
      const first = new Temporal.PlainDate(1970, 1, 1).add({ days: start })
      const days = (index: number) => {
        const date = first.add({ months: months * index })
        return Math.round(Date.UTC(date.year, date.month - 1, date.day) / 86_400_000)
      }
      return between(stop, forward, days)
    },
  },
  sequencetime: {
    make: ({ type, timeZone }) => {
      const zone = type.kind === 'array' && type.element.kind === 'timestamp' ? timeZone : 'UTC'
      return (start: bigint, stop: bigint, months: number, micros: bigint) => {
        const forward = months !== 0 ? months > 0 : micros > 0n
        const zero = months === 0 && micros === 0n
        check(forward, zero, start === stop, stop > start)
        if (zero) return [start]
        const days = Number(micros / DAY)
        const rest = micros % DAY
        return between(stop, forward, (index) => later(start, months * index, rest * BigInt(index), days * index, zone))
      }
    },
  },
}
