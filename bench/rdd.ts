/**
 * Word count, sort and PageRank with RDDs, side by side with PySpark on the same machine and as many cores: a driver and
 * two executors of one core each against local[2]. Both sessions are warm; times are those of the programs alone.
 *
 *   node bench/rdd.ts                 BELLOWS_BENCH_PYTHON names a Python that has pyspark (default: python3)
 *   BELLOWS_BENCH_SCALE=0.1           smaller data;  BELLOWS_BENCH_PYSPARK=no  without the comparison
 */
import { spawnSync } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SparkContext } from '../src/engine/rdd/spark-context.ts'
import { startSpark } from '../src/engine/rdd/testing/spark-fixture.ts'
import { forkedBackend } from '../src/engine/testing/forked-backend.ts'
import { type Figure, median, report } from './lib/figure.ts'

const SCALE = Number(process.env.BELLOWS_BENCH_SCALE ?? 1)
const RUNS = 3
const BAR = 3

const randomNumbers = (seed: number): (() => number) => {
  let state = seed
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

const writeLines = async (path: string, count: number, line: () => string): Promise<void> => {
  const out = createWriteStream(path)
  for (let written = 0; written < count; ) {
    const lines: string[] = []
    for (; written < count && lines.length < 10_000; written++) lines.push(line())
    if (!out.write(`${lines.join('\n')}\n`)) await new Promise((resolve) => out.once('drain', resolve))
  }
  await new Promise<void>((resolve) => out.end(resolve))
}

const writeData = async (directory: string): Promise<void> => {
  const random = randomNumbers(7)
  // Words as in a text: few are frequent, most are rare.
  const word = (): string => `word${Math.floor(50_000 * random() ** 4)}`
  await writeLines(join(directory, 'words.txt'), 500_000 * SCALE, () => Array.from({ length: 10 }, word).join(' '))
  await writeLines(join(directory, 'numbers.txt'), 2_000_000 * SCALE, () => String(random() * 1e6))
  const nodes = 60_000 * SCALE
  const node = (): string => String(Math.floor(nodes * random() ** 2))
  await writeLines(join(directory, 'edges.txt'), 400_000 * SCALE, () => `${node()} ${node()}`)
}

const wordCount = async (sc: SparkContext, directory: string): Promise<unknown> => {
  const counts = sc
    .textFile(join(directory, 'words.txt'), 4)
    .flatMap((line) => line.split(' '))
    .map((word) => [word, 1])
    .reduceByKey((one, other) => one + other)
  return [await counts.map((pair) => pair[1]).sum(), await counts.count()]
}

const sort = async (sc: SparkContext, directory: string): Promise<unknown> => {
  const numbers = sc.textFile(join(directory, 'numbers.txt'), 4).map(Number)
  const ordered = numbers.sortBy((value) => value, true, 4)
  return ordered.mapPartitions((values) => [values.reduce((count) => count + 1, 0)]).collect()
}

const pageRank = async (sc: SparkContext, directory: string): Promise<unknown> => {
  const edges = sc.textFile(join(directory, 'edges.txt'), 4).map((line) => line.split(' ') as [string, string])
  const links = edges.distinct(4).groupByKey(4).cache()
  let ranks = links.mapValues(() => 1)
  for (let i = 0; i < 5; i++) {
    const contributions = links.join(ranks, 4).flatMap(([, [targets, rank]]) => {
      const share = rank / targets.length
      return targets.map((target): [string, number] => [target, share])
    })
    ranks = contributions.reduceByKey((one, other) => one + other, 4).mapValues((rank) => rank * 0.85 + 0.15)
  }
  const total = await ranks.map((pair) => pair[1]).sum()
  const count = await ranks.count()
  await links.unpersist()
  return [Math.round(total * 1000) / 1000, count]
}

interface Measured {
  readonly times: Readonly<Record<string, readonly number[]>>
  readonly answers: Readonly<Record<string, unknown>>
}

const measureBellows = async (directory: string): Promise<Measured> => {
  const fixture = await startSpark(2, {}, forkedBackend)
  const times: Record<string, number[]> = {}
  const answers: Record<string, unknown> = {}
  try {
    await fixture.sc
      .range(0, 4, 1, 4)
      .map((value) => value)
      .collect()
    for (const [name, work] of Object.entries({ wordCount, sort, pageRank })) {
      times[name] = []
      for (let i = 0; i < RUNS; i++) {
        const start = performance.now()
        answers[name] = await work(fixture.sc, directory)
        times[name].push(performance.now() - start)
      }
    }
  } finally {
    await fixture.close()
  }
  return { times, answers }
}

const measurePySpark = (directory: string): Measured => {
  const python = process.env.BELLOWS_BENCH_PYTHON ?? 'python3'
  const script = join(import.meta.dirname, 'lib', 'rdd-pyspark.py')
  const run = spawnSync(python, [script, directory, String(RUNS)], {
    encoding: 'utf8',
    env: { ...process.env, PYSPARK_PYTHON: python, PYSPARK_DRIVER_PYTHON: python },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  if (run.status !== 0) throw new Error(`${python} ${script} ended with ${run.status ?? run.signal}`)
  return JSON.parse(run.stdout.trim().split('\n').at(-1) ?? '')
}

const directory = await mkdtemp(join(tmpdir(), 'bellows-bench-rdd-'))
try {
  await writeData(directory)
  const ours = await measureBellows(directory)
  const compared = process.env.BELLOWS_BENCH_PYSPARK === 'no' ? undefined : measurePySpark(directory)
  const figures: Figure[] = []
  for (const [name, samples] of Object.entries(ours.times)) {
    figures.push({ name: `rdd.${name}.bellows`, value: median(samples), unit: 'ms', samples })
    const theirs = compared?.times[name]
    if (compared === undefined || theirs === undefined) continue
    if (JSON.stringify(compared.answers[name]) !== JSON.stringify(ours.answers[name]) && name !== 'sort') {
      throw new Error(
        `${name}: ${JSON.stringify(ours.answers[name])} here, ${JSON.stringify(compared.answers[name])} in PySpark`,
      )
    }
    figures.push({ name: `rdd.${name}.pyspark`, value: median(theirs), unit: 'ms', samples: theirs })
    figures.push({
      name: `rdd.${name}.speedup`,
      value: median(theirs) / median(samples),
      unit: 'x',
      bar: { kind: 'atLeast', value: BAR },
    })
  }
  report('rdd', figures, [`scale ${SCALE}`, 'driver and 2 executors of one core, PySpark local[2]; warm sessions'])
} finally {
  await rm(directory, { recursive: true, force: true })
}
process.exit(0)
