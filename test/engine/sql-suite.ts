import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Conf } from '../../src/engine/conf.ts'
import type { Engine } from '../../src/engine/engine.ts'
import type { Views } from '../../src/engine/query/views.ts'
import { answerOf } from './answer.ts'
import { difference } from './judge.ts'
import { parseSqlFile, type SqlCase } from './sql-file.ts'
import { TABLES } from './tables.ts'

const HERE = import.meta.dirname
const FILES = join(HERE, 'sql')

/** How the suite runs the cases: `local` is one machine, `executors` has two and moves rows wherever a plan may. */
export type Mode = 'local' | 'executors'

const TIME_ZONE = { 'spark.sql.session.timeZone': 'America/Los_Angeles' }

/** Every table is larger than the limits, so that joins, groups and orders are shuffles. */
export const SHUFFLING: Conf = {
  'spark.sql.files.openCostInBytes': '1',
  'spark.sql.files.maxPartitionBytes': '1',
  'spark.bellows.broadcast.maxBytes': '0',
  'spark.bellows.broadcast.inlineMaxBytes': '0',
  'spark.bellows.sort.singleMaxBytes': '0',
  'spark.bellows.scan.keyRanges': 'false',
  'spark.sql.shuffle.partitions': '3',
}

export const CONF: Readonly<Record<Mode, Conf>> = { local: TIME_ZONE, executors: { ...TIME_ZONE, ...SHUFFLING } }

export const sqlFiles = (): readonly string[] =>
  readdirSync(FILES)
    .filter((name) => name.endsWith('.slt'))
    .map((name) => name.slice(0, -4))
    .toSorted()

export const casesOf = (file: string): readonly SqlCase[] =>
  parseSqlFile(file, readFileSync(join(FILES, `${file}.slt`), 'utf8'))

/** Cases that are known to differ, with the reason; `<id>@<mode>` counts in that mode alone. */
export const knownFailures = (): ReadonlyMap<string, string> =>
  new Map(
    readFileSync(join(HERE, 'known-failures.txt'), 'utf8')
      .split('\n')
      .filter((line) => line.trim() !== '' && !line.startsWith('#'))
      .map((line): [string, string] => [line.split(' ', 1)[0]!, line.slice(line.indexOf(' ') + 1)]),
  )

export const tableViews = (directory: string): Views =>
  new Map(
    Object.keys(TABLES).map((name) => [
      name,
      { kind: 'files', format: 'parquet', paths: [join(directory, name)], options: {} },
    ]),
  )

export interface Difference {
  readonly id: string
  readonly sql: string
  readonly what: string
}

const AT_ONCE = 4

/** Asks the engine for all cases, some at a time; what differs from Spark. */
export const differences = async (
  engine: Engine,
  conf: Conf,
  views: Views,
  cases: readonly SqlCase[],
): Promise<readonly Difference[]> => {
  const found: Difference[] = []
  const left = cases.values()
  const worker = async (): Promise<void> => {
    for (const one of left) {
      const what = difference(one, await answerOf(engine, one.sql, views, conf))
      if (what !== undefined) found.push({ id: one.id, sql: one.sql, what })
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
  return found.toSorted((a, b) => (a.id < b.id ? -1 : 1))
}
