import { mkdir } from 'node:fs/promises'
import { userError } from '../errors.ts'
import type { BodyContext, BodyHandler, BodyResult, TaskBody, TaskOutput } from '../scheduler/task-body.ts'
import type { PlanOperator, TaskPayload } from './plan/stage-plan.ts'
import { readsOf } from './plan/stage-plan.ts'
import { ThreadPool } from './thread/thread-pool.ts'

export interface RddBodyOptions {
  /** Tasks that run at once: the executor's cores. */
  readonly threads: number
  /** Bytes for all threads: what tasks gather before they spill, and persisted partitions as values. */
  readonly memory: number
  /** For what is spilled. */
  readonly directory: string
}

export interface RddBodyHandler extends BodyHandler {
  /** Persisted blocks whose ids begin so are not wanted any more. */
  forget(prefix: string): void
  close(): Promise<void>
}

/** Of a thread's share: a task gathers up to a quarter before it spills, persisted values take up to a third. */
const GATHERED = 0.25
const PERSISTED = 0.33

/** What runs tasks of RDDs on an executor or in the driver: a thread a core, started when the first task comes. */
export const rddBodyHandler = (options: RddBodyOptions): RddBodyHandler => {
  const share = options.memory / options.threads
  const pool = new ThreadPool({
    threads: options.threads,
    cacheBytes: options.memory * PERSISTED,
    heapBytes: share * 1.5,
  })
  return {
    forget: (prefix) => pool.forget(prefix),
    close: () => pool.close(),
    run: async (body, output, context) => {
      if (body.kind !== 'rdd') throw userError(`this handler runs RDDs, not ${body.kind}`)
      await mkdir(options.directory, { recursive: true })
      return run(body, output, context, pool, options.directory, share * GATHERED)
    },
  }
}

const run = async (
  body: TaskBody & { kind: 'rdd' },
  output: TaskOutput,
  context: BodyContext,
  pool: ThreadPool,
  spillDirectory: string,
  memory: number,
): Promise<BodyResult> => {
  const payload = body.payload as TaskPayload
  const writers =
    output.kind === 'shuffle' ? Array.from({ length: output.partitions }, (_, i) => context.shuffleWriter(i)) : []
  const task = {
    payload,
    stage: context.stage,
    attempt: context.attempt,
    executor: context.executor,
    paths: Object.fromEntries(body.inputs.map(({ token }) => [token, context.paths(token)])),
    shufflePaths: writers.map((writer) => writer.path),
    resultPath: context.resultPath,
    spillDirectory,
    memory,
  }
  const outcome = await pool.run(task, context.storage, persistedBlocks(payload), context.signal)
  for (const [i, rows] of outcome.shuffleRows.entries()) if (rows > 0) await writers[i]!.done(rows)
  return { rows: outcome.rows, value: outcome.value }
}

/** The persisted blocks nearest to the task's end. Plans that came as a file are not read for it. */
const persistedBlocks = (payload: TaskPayload): readonly string[] => {
  if (typeof payload.plan === 'string') return []
  const found: string[] = []
  const { operators } = payload.plan
  const visit = (id: number, partition: number): void => {
    const operator: PlanOperator = operators[id]!
    if (operator.op === 'persisted') found.push(`rdd_${operator.rdd}_${partition}`)
    else for (const [parent, each] of readsOf(operator, partition)) visit(parent, each)
  }
  visit(payload.plan.root, payload.partition)
  return found
}
