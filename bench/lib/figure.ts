import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus, release, totalmem } from 'node:os'
import { join } from 'node:path'

/** One measured number and the bar that it is held to. `atMost`: smaller is better. */
export interface Figure {
  readonly name: string
  readonly value: number
  readonly unit: string
  readonly bar?: { readonly kind: 'atMost' | 'atLeast'; readonly value: number }
  /** What was repeated, for the reader who wants the spread. */
  readonly samples?: readonly number[]
}

export const median = (values: readonly number[]): number => {
  if (values.length === 0) throw new RangeError('the median of nothing')
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** Nearest-rank percentile, `share` in 0..1. */
export const percentile = (values: readonly number[], share: number): number => {
  if (values.length === 0) throw new RangeError('a percentile of nothing')
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))]!
}

export const met = (figure: Figure): boolean | undefined =>
  figure.bar === undefined
    ? undefined
    : figure.bar.kind === 'atMost'
      ? figure.value <= figure.bar.value
      : figure.value >= figure.bar.value

const rounded = (value: number): number => Number(value.toPrecision(4))

/** `FIGURE <name> <value> <unit> bar <bar> met|missed`; without a bar: `bar none`. */
export const figureLine = (figure: Figure): string => {
  const bar =
    figure.bar === undefined
      ? 'none'
      : `${figure.bar.kind === 'atMost' ? '<=' : '>='}${figure.bar.value} ${met(figure) ? 'met' : 'missed'}`
  return `FIGURE ${figure.name} ${rounded(figure.value)} ${figure.unit} bar ${bar}`
}

/** Prints the figures and writes them with the machine they were taken on under bench/results/. */
export const report = (benchmark: string, figures: readonly Figure[], notes: readonly string[] = []): void => {
  for (const figure of figures) console.log(figureLine(figure))
  const folder = join(import.meta.dirname, '..', 'results')
  mkdirSync(folder, { recursive: true })
  const machine = {
    cpus: cpus().length,
    model: cpus()[0]?.model ?? 'unknown',
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    os: `${process.platform} ${release()}`,
    node: process.version,
  }
  const taken = figures.map((figure) => ({ ...figure, value: rounded(figure.value), met: met(figure) ?? null }))
  writeFileSync(
    join(folder, `${benchmark}.json`),
    `${JSON.stringify({ benchmark, takenAt: new Date().toISOString(), machine, notes, figures: taken }, null, 2)}\n`,
  )
}
