import type { LogicalPlan } from '../plan/logical-plan.ts'
import type { StageSpec, StageTask, TaskResult } from '../scheduler/stage-spec.ts'
import type { BodyInput, TaskBody, TaskOutput } from '../scheduler/task-body.ts'
import { isClosureFile, type ShippedFunction } from '../udf/shipped-function.ts'
import { inputView } from './input-view.ts'
import type { Stage } from './physical-plan.ts'
import type { FinishedOf, TaskShape } from './task-shapes.ts'

/** What a stage's tasks need besides their inputs. */
export interface SubmissionOptions {
  readonly job: number
  readonly name: string
  readonly pool: string
  readonly settings: Readonly<Record<string, string>>
  readonly signal: AbortSignal | undefined
  readonly admit: (bytes: number) => void
  /** Whether tasks that read so many bytes may run in the driver while no executor has come. */
  readonly mayRunLocally: (bytes: number) => boolean
  readonly blockOf: (path: string) => string
  readonly finished: FinishedOf
  /** Functions of the program that SQL which was emitted calls. */
  readonly functions?: (sql: string) => readonly ShippedFunction[]
}

/** The tasks of a stage, each with its own views under the same SQL. */
export const stageTasks = (
  stage: Stage,
  shapes: readonly TaskShape[],
  sql: string,
  output: (partition: number, attempt: number) => TaskOutput,
  options: SubmissionOptions,
): readonly StageTask[] => {
  const functions = options.functions?.(sql) ?? []
  const closures = functions.flatMap(({ closures: found }): readonly BodyInput[] =>
    isClosureFile(found) ? [{ kind: 'block', block: options.blockOf(found.path), ...found }] : [],
  )
  const settings = settingsOf(stage, options.settings)
  return shapes.map((shape, partition) => {
    const views = stage.inputs.map((input) =>
      inputView(input, shape.get(input.name) ?? { kind: 'none' }, options.finished, options.blockOf),
    )
    const body: TaskBody = {
      kind: 'sql',
      inputs: [...views.flatMap(({ inputs }) => inputs), ...closures],
      views: views.map(({ view }) => view),
      sql,
      settings,
      ...(functions.length === 0 ? {} : { functions }),
    }
    return {
      partition,
      inputBytes: views.reduce((sum, { bytes }) => sum + bytes, 0),
      preferred: [],
      body: () => body,
      output: (attempt) => output(partition, attempt),
    }
  })
}

const JOIN_ORDER = 'disabled_optimizers'

/** Of tables alone DuckDB knows sizes and values: it may order joins itself where it is told not to elsewhere. */
const settingsOf = (stage: Stage, settings: SubmissionOptions['settings']): SubmissionOptions['settings'] =>
  JOIN_ORDER in settings && stage.inputs.every(({ kind }) => kind === 'scan' || kind === 'range')
    ? { ...settings, [JOIN_ORDER]: '' }
    : settings

/** Rows that are enough, for a stage whose tasks give the first rows they find. */
export const enoughRows = (plan: LogicalPlan): number | undefined =>
  plan.kind === 'limit' && plan.input.kind !== 'sort' && plan.count !== undefined ? plan.count + plan.offset : undefined

export const stageSpec = (
  stage: Stage,
  tasks: readonly StageTask[],
  shuffle: StageSpec['shuffle'],
  options: SubmissionOptions,
): StageSpec => {
  const inputBytes = tasks.reduce((sum, task) => sum + task.inputBytes, 0)
  const rows = shuffle === undefined && tasks.length > 1 ? enoughRows(stage.plan) : undefined
  return {
    name: options.name,
    job: options.job,
    stage: stage.id,
    tasks,
    reads: readShuffles(stage, options.finished),
    shuffle,
    pool: options.pool,
    mayRunLocally: options.mayRunLocally(inputBytes),
    admit: options.admit,
    signal: options.signal,
    enough:
      rows === undefined
        ? undefined
        : (done: readonly TaskResult[]) => done.reduce((sum, result) => sum + result.rows, 0) >= rows,
  }
}

const readShuffles = (stage: Stage, finished: FinishedOf): readonly number[] => [
  ...new Set(
    stage.inputs.flatMap((input) => {
      const done = 'stage' in input ? finished(input.stage) : undefined
      return done?.kind === 'shuffle' ? [done.shuffle] : []
    }),
  ),
]
