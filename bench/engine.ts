/**
 * TPC-H, side by side in one run on the same cores: DuckDB alone, Bellows on one machine, Bellows as a driver and two
 * one-core executors, Sail and Apache Spark.
 *
 *   npm run bench:engine               scale factor 1, 3 rounds
 *   SCALE=10 ROUNDS=1 npm run bench:engine
 *   ONLY=duckdb,bellows,bellows-cluster npm run bench:engine
 *
 * The engines take turns; a query's figure is the median of its rounds, an engine's the sum of these. Needs python3 and,
 * for Spark, a JVM; the peers come from PyPI into the user's cache.
 */
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { peers, TPCH_TABLES, tpch } from './engine/peers.ts'
import { type Figure, median, report } from './lib/figure.ts'
import { watchTree } from './lib/process-tree.ts'

const SCALE = Number(process.env.SCALE ?? 1)
const ROUNDS = Number(process.env.ROUNDS ?? 3)
const here = join(import.meta.dirname, 'engine')
const root = join(import.meta.dirname, '..')
const run = promisify(execFile)

interface Times {
  readonly start: number
  readonly queries: readonly (readonly number[])[]
}

/** `peakMiB`: of all processes together. */
interface Taken extends Times {
  readonly peakMiB: number
}

interface Ended {
  readonly text: string
  readonly peakMiB: number
}

const { python } = await peers()
const data = await tpch(SCALE)
const scratch = await mkdtemp(join(tmpdir(), 'bellows-bench-'))
const queriesFile = join(scratch, 'queries.json')
await writeFile(queriesFile, JSON.stringify(data.queries))
const [first = ''] = data.queries.slice(5)
const coldFile = join(scratch, 'cold.json')
await writeFile(coldFile, JSON.stringify([first]))

// As the image and the CLI have it: Node keeps what it compiled.
const env = { ...process.env, NODE_COMPILE_CACHE: join(scratch, 'compile-cache') }

const program = async (command: string, args: readonly string[]): Promise<Ended> => {
  const running = run(command, args, { cwd: root, env, maxBuffer: 1 << 26, timeout: 1_800_000 })
  const memory = watchTree(running.child.pid!, 1_000)
  try {
    return { text: (await running).stdout, peakMiB: memory.takePeak() }
  } finally {
    memory.stop()
  }
}

const lastLine = ({ text, peakMiB }: Ended): Taken => ({
  ...(JSON.parse(text.trim().split('\n').at(-1) ?? '') as Times),
  peakMiB,
})

const node = (file: string, ...args: readonly string[]) => program(process.execPath, [join(here, file), ...args])

/** A SparkApplication with two one-core executors, embedded: every executor is a process of its own. */
const cluster = async (queries: string, rounds: number): Promise<Taken> => {
  const target = join(scratch, 'cluster.json')
  await rm(target, { force: true })
  const manifest = join(scratch, 'tpch.json')
  await writeFile(
    manifest,
    JSON.stringify({
      apiVersion: 'sparkoperator.k8s.io/v1beta2',
      kind: 'SparkApplication',
      metadata: { name: 'tpch' },
      spec: {
        type: 'TypeScript',
        mainApplicationFile: join(here, 'run-bellows.ts'),
        arguments: [data.directory, queries, String(rounds), target],
        driver: { cores: 1, memory: '2g' },
        executor: { instances: 2, cores: 1, memory: '3g' },
      },
    }),
  )
  const { peakMiB } = await program(process.execPath, [join(root, 'src/cli/main.ts'), 'run', manifest])
  return { ...(JSON.parse(await readFile(target, 'utf8')) as Times), peakMiB }
}

const ENGINES: Readonly<Record<string, (queries: string, rounds: number) => Promise<Taken>>> = {
  duckdb: async (queries, rounds) => lastLine(await node('run-duckdb.ts', data.directory, queries, String(rounds))),
  bellows: async (queries, rounds) => lastLine(await node('run-bellows.ts', data.directory, queries, String(rounds))),
  'bellows-cluster': cluster,
  sail: async (queries, rounds) =>
    lastLine(await program(python, [join(here, 'run_sail.py'), 'local', data.directory, queries, String(rounds)])),
  'sail-cluster': async (queries, rounds) =>
    lastLine(
      await program(python, [join(here, 'run_sail.py'), 'local-cluster', data.directory, queries, String(rounds)]),
    ),
  spark: async (queries, rounds) =>
    lastLine(
      await program(python, [
        join(here, 'run_spark.py'),
        'local-cluster[2,1,3072]',
        data.directory,
        queries,
        String(Math.min(rounds, 2)),
      ]),
    ),
}

const only = process.env.ONLY?.split(',') ?? Object.keys(ENGINES)
const totals = new Map<string, number>()
const colds = new Map<string, number>()
const figures: Figure[] = []
const perQuery: Record<string, readonly number[]> = {}
try {
  for (const name of only) {
    const engine = ENGINES[name]
    if (engine === undefined) throw new Error(`ONLY names ${name}: there are ${Object.keys(ENGINES).join(', ')}`)
    const taken = await engine(queriesFile, ROUNDS)
    const medians = taken.queries.map((times) => median(times))
    perQuery[name] = medians.map((value) => Number(value.toPrecision(3)))
    totals.set(
      name,
      medians.reduce((sum, value) => sum + value, 0),
    )
    const firsts = taken.queries.reduce((sum, times) => sum + (times[0] ?? 0), 0)
    figures.push(
      { name: `${name}_total`, value: totals.get(name) ?? 0, unit: 's' },
      { name: `${name}_first_runs`, value: firsts, unit: 's' },
      { name: `${name}_peak_memory`, value: taken.peakMiB, unit: 'MiB' },
    )
    // From the process's start to the answer of query 6, nothing warm but the disk.
    const samples: number[] = []
    for (let round = 0; round < (name === 'spark' ? 1 : 3); round += 1) {
      const at = performance.now()
      await engine(coldFile, 1)
      samples.push((performance.now() - at) / 1000)
    }
    colds.set(name, median(samples))
    console.error(`${name}: ${totals.get(name)?.toFixed(2)} s, cold ${median(samples).toFixed(2)} s`)
  }
} finally {
  await rm(scratch, { recursive: true, force: true })
}
const compare = (name: string, one: string, other: string, times: number, kind: 'atMost' | 'atLeast' = 'atMost') => {
  const [a, b] = [totals.get(one), totals.get(other)]
  if (a === undefined || b === undefined) return
  const value = kind === 'atMost' ? a / b : b / a
  figures.push({ name, value, unit: 'x', bar: { kind, value: times } })
}
compare('one_machine_beside_duckdb_alone', 'bellows', 'duckdb', 1.25)
compare('cluster_beside_sail_cluster', 'bellows-cluster', 'sail-cluster', 1)
compare('cluster_faster_than_spark', 'bellows-cluster', 'spark', 7, 'atLeast')
for (const [name, value] of colds)
  figures.push({
    name: `${name}_cold_process_to_answer`,
    value,
    unit: 's',
    ...(name === 'bellows' ? { bar: { kind: 'atMost', value: 1.5 } as const } : {}),
  })
report(`engine-sf${SCALE}`, figures, [
  `TPC-H scale factor ${SCALE}, ${ROUNDS} rounds, ${TPCH_TABLES.length} tables as one Parquet file each`,
  ...Object.entries(perQuery).map(([name, list]) => `${name}: ${list.join(' ')}`),
])
