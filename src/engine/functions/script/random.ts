import { randomInt } from 'node:crypto'
import { fault, type ScriptTable } from './script-function.ts'
import type { ScriptValue } from './script-values.ts'

const LETTERS = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'
/** Statements whose counters are kept: far more than run at once. */
const COUNTERS = 10_000

export const RANDOM: ScriptTable = {
  // A normal distribution by the way of Box and Muller.
  randn: {
    volatile: true,
    make: () => () => Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random()),
  },
  randstr: {
    volatile: true,
    make: () => (length: number) => {
      if (length < 0)
        throw fault('INVALID_PARAMETER_VALUE.LENGTH', `The length of randstr is at least 0, not ${length}`)
      return Array.from({ length }, () => LETTERS[randomInt(LETTERS.length)]).join('')
    },
  },
  shuffle: {
    volatile: true,
    make: () => (items: readonly ScriptValue[]) => {
      const done = [...items]
      for (let last = done.length - 1; last > 0; last--) {
        const other = randomInt(last + 1)
        ;[done[last], done[other]] = [done[other]!, done[last]!]
      }
      return done
    },
  },
  // 33 bits of rows below the number of the partition; one counter a statement.
  monotonicid: {
    volatile: true,
    make: () => {
      const counters = new Map<bigint, bigint>()
      return (partition: number, statement: bigint) => {
        const row = counters.get(statement) ?? 0n
        counters.set(statement, row + 1n)
        if (counters.size > COUNTERS) counters.delete(counters.keys().next().value!)
        return (BigInt(partition) << 33n) + row
      }
    },
  },
}
