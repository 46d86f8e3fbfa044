/**
 * Word count, sort and PageRank with RDDs, side by side with PySpark on the same machine and as many cores: a driver and
 * two executors of one core each against local[2]. Both are warm and take turns; their results must be equal. Then the
 * same on four times the data with executors of 512 MiB: cost must stay linear and no executor may be killed.
 *
 *   npm run bench:rdd                 BELLOWS_BENCH_PYTHON names a Python that has pyspark (default: python3)
 *   BELLOWS_BENCH_SCALE=0.1           smaller data;  BELLOWS_BENCH_NOTE='…'  is kept with the figures
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Figure, median, report } from './lib/figure.ts'
import { writeRddData } from './lib/rdd-data.ts'
import { type Peer, type Run, startPeer } from './lib/rdd-peer.ts'

const SCALE = Number(process.env.BELLOWS_BENCH_SCALE ?? 1)
const NOTE = process.env.BELLOWS_BENCH_NOTE
const ROUNDS = 3
const BAR = 3
const GROWTH = 4
/** Of each executor: as Spark's default, and for the run that must spill. */
const MEMORY = 1024
const SMALL_MEMORY = 512
const PROGRAMS = ['wordCount', 'sort', 'pageRank'] as const
type Program = (typeof PROGRAMS)[number]

const say = (text: string): void => console.error(text)
const load = (): string => loadavg()[0]!.toFixed(1)
const lib = join(import.meta.dirname, 'lib')
const bellows = (memory: number) =>
  startPeer('bellows', process.execPath, [join(lib, 'rdd-bellows.ts'), String(memory)])
const pyspark = () => {
  const python = process.env.BELLOWS_BENCH_PYTHON ?? 'python3'
  const env = { PYSPARK_PYTHON: python, PYSPARK_DRIVER_PYTHON: python, SPARK_LOG_LEVEL: 'ERROR' }
  return startPeer('pyspark', python, [join(lib, 'rdd-pyspark.py')], env)
}

const told = async (peer: Peer, program: string, directory: string): Promise<Run> => {
  const run = await peer.run(program, directory)
  const size = `${run.cpuSeconds.toFixed(1)} s of CPU, ${run.peakMiB.toFixed(0)} MiB`
  say(`${peer.name} ${program}: ${(run.ms / 1000).toFixed(2)} s, ${size} (load ${load()})`)
  return run
}

/** Sums of doubles depend on their order: numbers are equal to nine digits. */
const same = (a: unknown, b: unknown): boolean => {
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((each, i) => same(each, b[i]))
  if (typeof a === 'number' && typeof b === 'number')
    return Math.abs(a - b) <= 1e-9 * Math.max(Math.abs(a), Math.abs(b))
  return a === b
}

const mustAgree = (what: string, a: unknown, b: unknown): void => {
  if (same(a, b)) return
  throw new Error(`${what}: ${JSON.stringify(a).slice(0, 500)} here, ${JSON.stringify(b).slice(0, 500)} in PySpark`)
}

type Runs = Readonly<Record<Program, Run[]>>
const noRuns = (): Runs => ({ wordCount: [], sort: [], pageRank: [] })
const middle = (runs: readonly Run[], of: (run: Run) => number): number => median(runs.map(of))

const compared = (ours: Runs, theirs: Runs): readonly Figure[] =>
  PROGRAMS.flatMap((program): readonly Figure[] => {
    const sides = [
      ['bellows', ours[program]],
      ['pyspark', theirs[program]],
    ] as const
    return [
      ...sides.flatMap(([name, runs]): readonly Figure[] => [
        {
          name: `rdd.${program}.${name}`,
          value: middle(runs, ({ ms }) => ms),
          unit: 'ms',
          samples: runs.map((run) => run.ms),
        },
        { name: `rdd.${program}.${name}.cpu`, value: middle(runs, (run) => run.cpuSeconds), unit: 's' },
        { name: `rdd.${program}.${name}.peak_memory`, value: Math.max(...runs.map((run) => run.peakMiB)), unit: 'MiB' },
      ]),
      {
        name: `rdd.${program}.speedup`,
        value: middle(theirs[program], ({ ms }) => ms) / middle(ours[program], ({ ms }) => ms),
        unit: 'x',
        bar: { kind: 'atLeast', value: BAR },
      },
      {
        name: `rdd.${program}.speedup_cpu`,
        value: middle(theirs[program], (run) => run.cpuSeconds) / middle(ours[program], (run) => run.cpuSeconds),
        unit: 'x',
      },
    ]
  })

/** One and four times the data with little memory, in turns; CPU seconds, which other work on the machine disturbs least. */
const growth = async (one: string, four: string): Promise<readonly Figure[]> => {
  const peer = await bellows(SMALL_MEMORY)
  try {
    const figures: Figure[] = []
    for (const program of PROGRAMS) {
      // The first run is the warm-up.
      const small = [await told(peer, program, one), await told(peer, program, one)]
      const large = await told(peer, program, four)
      figures.push(
        {
          name: `rdd.${program}.growth_4x_data`,
          value: large.cpuSeconds / small[1]!.cpuSeconds,
          unit: 'x',
          bar: { kind: 'atMost', value: GROWTH * 1.3 },
        },
        { name: `rdd.${program}.growth_4x_peak_memory`, value: large.peakMiB, unit: 'MiB' },
        { name: `rdd.${program}.growth_4x_spilled`, value: large.spills ?? 0, unit: 'files' },
      )
    }
    return figures
  } finally {
    await peer.stop()
  }
}

const directory = await mkdtemp(join(tmpdir(), 'bellows-bench-rdd-'))
const [one, four] = [join(directory, '1'), join(directory, '4')]
const loads = [load()]
const peers: Peer[] = []
try {
  say(`writing data (load ${load()})`)
  await writeRddData(one, SCALE)
  await writeRddData(four, SCALE * GROWTH)
  peers.push(await bellows(MEMORY), await pyspark())
  const [ours, theirs] = peers as [Peer, Peer]
  for (const program of PROGRAMS) {
    const check = `${program}Check`
    mustAgree(check, (await told(ours, check, one)).answer, (await told(theirs, check, one)).answer)
  }
  const [taken, takenThere] = [noRuns(), noRuns()]
  for (let round = 0; round < ROUNDS; round++) {
    for (const program of PROGRAMS) {
      taken[program].push(await told(ours, program, one))
      takenThere[program].push(await told(theirs, program, one))
      mustAgree(program, taken[program].at(-1)!.answer, takenThere[program].at(-1)!.answer)
    }
  }
  await Promise.all(peers.splice(0).map((peer) => peer.stop()))
  const figures = [...compared(taken, takenThere), ...(await growth(one, four))]
  loads.push(load())
  report('rdd', figures, [
    `scale ${SCALE}; driver and 2 executors of one core and ${MEMORY} MiB, PySpark local[2] with 2g; warm, in turns, median of ${ROUNDS}`,
    `growth: CPU seconds on four times the data, executors of ${SMALL_MEMORY} MiB`,
    `load of the machine at the beginning and the end: ${loads.join(', ')}`,
    ...(NOTE === undefined ? [] : [NOTE]),
  ])
} finally {
  await Promise.all(peers.map((peer) => peer.stop()))
  await rm(directory, { recursive: true, force: true })
}
