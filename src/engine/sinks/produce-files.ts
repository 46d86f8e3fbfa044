import type { Conf } from '../conf.ts'
import { quoteName, quoteText } from '../duckdb/quote.ts'
import type { Engine } from '../engine.ts'
import type { PreparedQuery } from '../query/prepare.ts'
import { runInto } from '../query/run-query.ts'
import type { TaskResult } from '../scheduler/stage-spec.ts'
import type { TaskOutput } from '../scheduler/task-body.ts'
import type { FileStyle } from './file-style.ts'
import type { WriteTarget } from './write-files.ts'

/** Runs a query whose tasks write their rows, under the columns' names, as `outputOf` says. Throws EngineError. */
export const produceFiles = async (
  engine: Engine,
  conf: Conf,
  query: PreparedQuery,
  target: { readonly format: string },
  outputOf: (partition: number, attempt: number) => TaskOutput,
  columns: (names: readonly string[]) => string = () => '*',
): Promise<readonly TaskResult[]> => {
  const names = query.physical.output.map(({ name }) => name)
  const { results } = await runInto(engine, conf, query, `save ${target.format}`, {
    sql: (sql) => `SELECT ${columns(names)} FROM (${sql}) AS __out(${names.map(quoteName).join(', ')})`,
    output: outputOf,
  })
  return results
}

/** File name and COPY options of a task: names hold the job, so that none is ever written twice. */
export const fileOutput = (
  query: PreparedQuery,
  target: WriteTarget,
  style: FileStyle,
  job: string,
  partition: number,
): { readonly fileName: string; readonly copyOptions: string; readonly partitioned: boolean } => {
  const partitioned = target.partitionBy.length > 0
  const names = query.physical.output.map(({ name }) => name)
  const by = target.partitionBy.map((name) => names.find((known) => known.toLowerCase() === name.toLowerCase()) ?? name)
  const base = `part-${String(partition).padStart(5, '0')}-${job}`
  const options = partitioned
    ? [...style.copy, `PARTITION_BY (${by.map(quoteName).join(', ')})`, `FILENAME_PATTERN ${quoteText(`${base}-{i}`)}`]
    : style.copy
  return { fileName: `${base}${style.extension}`, copyOptions: options.join(', '), partitioned }
}
