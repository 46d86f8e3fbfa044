import { mkdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Database } from '../../duckdb/database.ts'
import { sqlHandler } from '../../runner/sql-body.ts'
import type { Runtime, StageOutcome, StageSpec, StageTask, TaskResult } from '../../scheduler/stage-spec.ts'
import type { BodyContext, BodyInput, TaskBody } from '../../scheduler/task-body.ts'
import { SCHEMA_BLOCK } from '../../shuffle/shuffle-store.ts'

interface Block {
  readonly path: string
  readonly rows: number
  readonly bytes: number
}

type MapBlocks = ReadonlyMap<number, Block>

/** What ran, for tests that look at it. */
export interface RanStage {
  readonly spec: StageSpec
  readonly bodies: readonly TaskBody[]
}

export interface InProcessRuntime extends Runtime {
  readonly ran: readonly RanStage[]
  /** Shuffles that are not released. */
  readonly kept: () => number
  close(): Promise<void>
}

/** A Runtime in this process: `executors` databases of one thread each (or `threads`), tasks side by side, real shuffle files below `directory`. */
export const startInProcessRuntime = async (
  directory: string,
  executors: number,
  threads = 1,
): Promise<InProcessRuntime> => {
  const databases = await Promise.all(
    Array.from({ length: executors }, (_, index) =>
      Database.open({ threads, memoryLimit: 2 ** 30, spillDirectory: join(directory, `spill-${index}`) }),
    ),
  )
  const free = [...databases]
  const waiting: ((database: Database) => void)[] = []
  const shuffles = new Map<number, { readonly partitions: number; readonly maps: (MapBlocks | undefined)[] }>()
  const ran: RanStage[] = []
  let [jobs, ids, files] = [0, 0, 0]

  const acquire = (): Promise<Database> => {
    const database = free.pop()
    return database === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(database)
  }
  const giveBack = (database: Database): void => {
    const next = waiting.shift()
    if (next === undefined) free.push(database)
    else next(database)
  }

  const pathsOf = (input: BodyInput): readonly string[] => {
    if (input.kind === 'url' || input.kind === 'source') throw new Error('no downloads in this runtime')
    if (input.kind === 'block') return [input.path]
    const known = shuffles.get(input.shuffle)
    if (known === undefined) throw new Error(`shuffle ${input.shuffle} is not there`)
    const maps = known.maps.slice(input.maps?.from ?? 0, input.maps?.to ?? known.maps.length)
    const found = maps.flatMap((blocks) =>
      [...(blocks ?? [])].flatMap(([partition, block]) =>
        partition >= input.from && partition < input.to ? [block.path] : [],
      ),
    )
    return found.length > 0 ? found : maps.flatMap((blocks) => blocks?.get(SCHEMA_BLOCK)?.path ?? []).slice(0, 1)
  }

  const runTask = async (spec: StageSpec, task: StageTask, index: number): Promise<TaskResult> => {
    const database = await acquire()
    const started = performance.now()
    try {
      files += 1
      const own = join(directory, `task-${files}`)
      await mkdir(own, { recursive: true })
      const body = task.body(0)
      const output = task.output(0)
      const inputs = new Map(body.inputs.map((input) => [input.token, pathsOf(input)]))
      const blocks = new Map<number, Block>()
      const context: BodyContext = {
        executor: databases.indexOf(database),
        partition: task.partition,
        attempt: 0,
        stage: spec.stage,
        paths: (token) => inputs.get(token) ?? [],
        shuffleWriter: (partition) => {
          const path = join(own, `block-${partition}.parquet`)
          return {
            path,
            done: async (rows) => {
              blocks.set(partition, { path, rows, bytes: (await stat(path)).size })
            },
          }
        },
        resultPath: join(own, 'result.parquet'),
        deliver: () => Promise.reject(new Error('no sinks in this runtime')),
        storage: { get: async () => undefined, put: async () => {}, remove: async () => {} },
        signal: spec.signal ?? new AbortController().signal,
      }
      const { rows } = await sqlHandler(database).run(body, output, context)
      const result = output.kind === 'result' ? context.resultPath : undefined
      const bytes = result === undefined ? 0 : (await stat(result)).size
      if (result !== undefined) spec.admit(bytes)
      const shuffle = spec.shuffle && shuffles.get(spec.shuffle.id)
      if (shuffle) shuffle.maps[index] = blocks
      const sizes = Array.from({ length: shuffle?.partitions ?? 0 }, (_, at) => sizeOf(blocks.get(at)))
      return {
        partition: task.partition,
        attempt: 0,
        rows,
        bytes,
        milliseconds: performance.now() - started,
        path: result,
        partitions: shuffle ? sizes : undefined,
        value: undefined,
      }
    } finally {
      giveBack(database)
    }
  }

  const runStage = async (spec: StageSpec): Promise<StageOutcome> => {
    if (spec.shuffle) shuffles.set(spec.shuffle.id, { partitions: spec.shuffle.partitions, maps: [] })
    ran.push({ spec, bodies: spec.tasks.map((task) => task.body(0)) })
    if (spec.enough === undefined)
      return { results: await all(spec.tasks.map((task, index) => runTask(spec, task, index))) }
    const results: TaskResult[] = []
    for (const [index, task] of spec.tasks.entries()) {
      if (results.length > 0 && spec.enough(results)) break
      results.push(await runTask(spec, task, index))
    }
    return { results }
  }

  return {
    ran,
    kept: () => shuffles.size,
    slots: executors,
    newShuffle: () => ids++,
    newJob: () => jobs++,
    runStage,
    shuffleSizes: (id) =>
      (shuffles.get(id)?.maps ?? []).map((blocks) =>
        Array.from({ length: shuffles.get(id)?.partitions ?? 0 }, (_, at) => sizeOf(blocks?.get(at))),
      ),
    releaseShuffle: (id) => {
      shuffles.delete(id)
    },
    blockOf: (path) => path,
    forgetBlock: async () => {},
    close: async () => {
      for (const database of databases) database.close()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

const sizeOf = (block: Block | undefined) => ({ bytes: block?.bytes ?? 0, rows: block?.rows ?? 0 })

/** All results, or the first failure once everything has come to rest. */
const all = async <T>(promises: readonly Promise<T>[]): Promise<readonly T[]> => {
  const settled = await Promise.allSettled(promises)
  const failed = settled.find((one) => one.status === 'rejected')
  if (failed?.status === 'rejected') throw failed.reason
  return settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
}
