import { rm } from 'node:fs/promises'
import type { Connection } from '../duckdb/database.ts'
import { quoteText } from '../duckdb/quote.ts'
import type { Runtime, StageOutcome, StageSpec } from '../scheduler/stage-spec.ts'

/** A job of two stages: rows 0 … maps × rowsPerMap − 1 grouped by `id % groups` after a shuffle by that key. */
export interface ShuffleJob {
  readonly maps: number
  readonly reduces: number
  readonly rowsPerMap: number
  readonly groups: number
  /** SQL that each reduce task runs beside its own, for instance to take its time. */
  readonly more?: string
}

export interface ShuffleStages {
  readonly job: number
  readonly shuffle: number
  readonly map: StageSpec
  readonly reduce: StageSpec
}

const INPUT = '@@bellows:input:0@@'

export const shuffleStages = (runtime: Runtime, shape: ShuffleJob, more: Partial<StageSpec> = {}): ShuffleStages => {
  const job = runtime.newJob()
  const shuffle = runtime.newShuffle()
  const { maps, reduces, rowsPerMap, groups } = shape
  const common = {
    job,
    pool: 'default',
    mayRunLocally: false,
    admit: () => {},
    signal: undefined,
    enough: undefined,
    ...more,
  }
  const map: StageSpec = {
    ...common,
    name: 'map',
    stage: 0,
    reads: [],
    shuffle: { id: shuffle, partitions: reduces },
    tasks: Array.from({ length: maps }, (_, partition) => ({
      partition,
      inputBytes: 0,
      preferred: [],
      body: () => ({
        kind: 'sql' as const,
        inputs: [],
        views: [],
        sql:
          `SELECT range AS c0, range % ${groups} AS c1, 'row ' || range AS c2, (range % ${groups} % ${reduces})::INTEGER AS __partition ` +
          `FROM range(${partition * rowsPerMap}, ${(partition + 1) * rowsPerMap})`,
        settings: {},
      }),
      output: () => ({ kind: 'shuffle' as const, shuffle, map: partition, partitions: reduces }),
    })),
  }
  const reduce: StageSpec = {
    ...common,
    name: 'reduce',
    stage: 1,
    reads: [shuffle],
    shuffle: undefined,
    tasks: Array.from({ length: reduces }, (_, partition) => ({
      partition,
      inputBytes: 0,
      preferred: [],
      body: () => ({
        kind: 'sql' as const,
        inputs: [{ token: INPUT, kind: 'shuffle' as const, shuffle, from: partition, to: partition + 1 }],
        views: [{ name: 'input', sql: `SELECT * FROM read_parquet([${INPUT}])` }],
        sql: `SELECT c1, count(*) AS n, sum(c0)::BIGINT AS s, count(DISTINCT c2) AS d FROM input GROUP BY c1${shape.more ?? ''}`,
        settings: {},
      }),
      output: () => ({ kind: 'result' as const }),
    })),
  }
  return { job, shuffle, map, reduce }
}

/** The rows of a result stage as text, sorted; deletes its files. */
export const rowsOf = async (connection: Connection, { results }: StageOutcome): Promise<readonly string[]> => {
  const paths = results.flatMap(({ path }) => path ?? [])
  const rows = await connection.rows(`SELECT * FROM read_parquet([${paths.map(quoteText).join(', ')}])`)
  for (const path of paths) await rm(path)
  return rows.map((row) => row.join(' ')).toSorted()
}

export const expectedRows = ({ maps, rowsPerMap, groups }: ShuffleJob): readonly string[] => {
  const rows = new Map<number, { n: number; s: number }>()
  for (let id = 0; id < maps * rowsPerMap; id++) {
    const at = rows.get(id % groups) ?? { n: 0, s: 0 }
    rows.set(id % groups, { n: at.n + 1, s: at.s + id })
  }
  return [...rows].map(([group, { n, s }]) => `${group} ${n} ${s} ${n}`).toSorted()
}
