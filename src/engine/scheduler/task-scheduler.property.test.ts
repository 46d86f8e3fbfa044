import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { AttemptKey, SchedulerAction, SchedulerEvent, SchedulerSettings, StageShape } from './scheduling.ts'
import { TaskScheduler } from './task-scheduler.ts'

const SETTINGS: SchedulerSettings = {
  mode: 'FIFO',
  pools: {},
  maxFailures: 4,
  maxStageAttempts: 4,
  localityWait: 50,
  exclusion: {
    strict: false,
    maxTaskAttemptsPerExecutor: 1,
    maxFailedTasksPerExecutorStage: 2,
    maxFailedTasksPerExecutor: 2,
    timeout: 1000,
  },
  speculation: { quantile: 0.5, multiplier: 2, minTaskRuntime: 10, durationThreshold: undefined },
  localOnly: false,
}

interface Running {
  readonly key: AttemptKey
  readonly executor: number
  readonly reads: readonly {
    readonly shuffle: number
    readonly map: number
    readonly executor: number
    readonly attempt: number
  }[]
  killed: boolean
}

/** A chain of stages, each reading the shuffle of the one before, in a world that a list of numbers drives. */
class World {
  readonly scheduler: TaskScheduler
  readonly shapes: readonly StageShape[]
  readonly running = new Map<string, Running>()
  readonly accepted = new Map<string, number>()
  readonly ended = new Map<number, 'done' | 'failed'>()
  readonly executors = new Set<number>()
  readonly deleted: number[] = []
  /** Stages that failed before they began. */
  readonly refused = new Set<number>()
  now = 0
  submitted = 0
  nextExecutor = 1

  constructor(settings: SchedulerSettings, sizes: readonly number[]) {
    this.scheduler = new TaskScheduler(settings, { host: 'driver', slots: 1 })
    this.shapes = sizes.map((tasks, id) => ({
      id,
      job: 0,
      stage: id,
      pool: id % 2 === 0 ? 'a' : 'b',
      tasks: Array.from({ length: tasks }, (_, partition) => ({
        partition,
        preferred: partition % 3 === 0 ? [String(1 + (partition % 2))] : [],
      })),
      reads: id === 0 ? [] : [id - 1],
      shuffle: id === sizes.length - 1 ? undefined : { id, partitions: 2 },
      mayRunLocally: false,
      inWaves: false,
    }))
  }

  tell(event: SchedulerEvent): void {
    for (const action of this.scheduler.handle(event, this.now)) this.take(action)
    this.check()
  }

  addExecutor(): void {
    const executor = this.nextExecutor++
    this.executors.add(executor)
    this.tell({ kind: 'executor-added', executor, host: `host${executor % 2}`, slots: 2 })
  }

  submitNext(): void {
    const shape = this.shapes[this.submitted]
    if (shape === undefined) return
    this.submitted++
    this.tell({ kind: 'submit', stage: shape })
  }

  lose(executor: number): void {
    this.executors.delete(executor)
    this.tell({ kind: 'executor-lost', executor, counts: executor % 2 === 0, message: 'killed' })
    for (const [name, { executor: on }] of this.running) if (on === executor) this.running.delete(name)
  }

  /** Ends one attempt: well where its inputs are there, else with what a reader would see. */
  end(name: string, fate: number): void {
    const attempt = this.running.get(name)
    if (attempt === undefined) return
    this.running.delete(name)
    const { key } = attempt
    const gone = attempt.reads.find(({ executor }) => !this.executors.has(executor))
    if (attempt.killed) this.tell({ kind: 'attempt-ended', key, outcome: { kind: 'killed' } })
    else if (gone !== undefined) this.fetchFailed(key, gone)
    else if (fate < 2) {
      this.tell({ kind: 'attempt-ended', key, outcome: { kind: 'failed', failure: 'infrastructure', message: 'disk' } })
    } else if (fate === 2 && attempt.reads[0] !== undefined) this.fetchFailed(key, attempt.reads[0])
    else {
      const block = { bytes: 1, rows: 1, crc: 0 }
      const shuffle = this.shapes[key.stage]?.shuffle
      const output = shuffle === undefined ? undefined : { blocks: [block, block], schema: undefined }
      this.tell({ kind: 'attempt-ended', key, outcome: { kind: 'success', output } })
    }
  }

  private fetchFailed(key: AttemptKey, from: Running['reads'][number]): void {
    const { shuffle, executor, map, attempt } = from
    this.tell({
      kind: 'attempt-ended',
      key,
      outcome: { kind: 'fetch-failed', shuffle, executor, outputs: [{ map, attempt }], message: 'corrupt' },
    })
  }

  private take(action: SchedulerAction): void {
    switch (action.kind) {
      case 'launch': {
        const shape = this.shapes[action.key.stage]
        const reads = (shape?.reads ?? []).flatMap((shuffle) => {
          const { outputs } = this.scheduler.outputs.get(shuffle) ?? { outputs: [] }
          return outputs.map((output, map) => {
            // A stage starts tasks only while all that it reads is there.
            if (output === undefined) throw new Error(`task of stage ${action.key.stage} without map ${map}`)
            return { shuffle, map, executor: output.executor, attempt: output.attempt }
          })
        })
        expect(this.executors.has(action.executor)).toBe(true)
        expect(this.ended.get(action.key.stage)).not.toBe('failed')
        this.running.set(nameOf(action.key), { key: action.key, executor: action.executor, reads, killed: false })
        return
      }
      case 'kill': {
        const running = this.running.get(nameOf(action.key))
        if (running !== undefined) running.killed = true
        return
      }
      case 'accept': {
        const task = `${action.key.stage}.${action.key.index}`
        this.accepted.set(task, (this.accepted.get(task) ?? 0) + 1)
        return
      }
      case 'stage-done':
        expect(this.ended.has(action.stage)).toBe(false)
        for (const index of this.shapes[action.stage]?.tasks.keys() ?? []) {
          expect(this.accepted.get(`${action.stage}.${index}`) ?? 0).toBeGreaterThan(0)
        }
        this.ended.set(action.stage, 'done')
        return
      case 'delete-shuffle':
        this.deleted.push(action.shuffle)
        return
      case 'stage-failed':
        expect(this.ended.has(action.stage)).toBe(false)
        if (action.message.includes('which is not there')) this.refused.add(action.stage)
        this.ended.set(action.stage, 'failed')
        return
      default:
        return
    }
  }

  private check(): void {
    const busy = new Map<number, number>()
    for (const { executor } of this.running.values()) busy.set(executor, (busy.get(executor) ?? 0) + 1)
    for (const [executor, attempts] of busy) if (this.executors.has(executor)) expect(attempts).toBeLessThanOrEqual(2)
  }
}

const nameOf = ({ stage, index, attempt }: AttemptKey): string => `${stage}.${index}.${attempt}`

describe('TaskScheduler', () => {
  it('ends every stage, counts each result once, never loses one, whatever fails when', () => {
    const outcomes = { done: 0, failed: 0 }
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 4 }),
        fc.array(fc.tuple(fc.integer({ min: 0, max: 19 }), fc.nat(100)), { maxLength: 150 }),
        fc.constantFrom<'FIFO' | 'FAIR'>('FIFO', 'FAIR'),
        (sizes, script, mode) => {
          const world = new World({ ...SETTINGS, mode }, sizes)
          world.addExecutor()
          world.addExecutor()
          world.submitNext()
          for (const [what, which] of script) {
            world.now += 5
            const running = [...world.running.keys()]
            const name = running[which % Math.max(1, running.length)]
            const executors = [...world.executors]
            if (what < 5 && name !== undefined) world.end(name, which % 12)
            else if (what < 12 && name !== undefined) world.end(name, 11)
            else if (what === 12 && executors.length > 0) world.lose(executors[which % executors.length] ?? 0)
            else if (what === 13 && executors.length < 4) world.addExecutor()
            else if (what === 14) world.tell({ kind: 'tick' })
            else if (what === 15 && world.ended.get(world.submitted - 1) === 'done') world.submitNext()
            else if (what === 17) world.tell({ kind: 'release', shuffle: which % world.shapes.length })
            else if (what === 18 && which < 10) {
              world.tell({ kind: 'cancel', stage: which % world.shapes.length, reason: 'not wanted' })
            } else if (what === 16 && executors.length > 1) {
              world.tell({ kind: 'executor-draining', executor: executors[which % executors.length] ?? 0 })
            }
          }
          // From here on all goes well: what was begun must come to its end.
          for (let step = 0; step < 2000; step++) {
            world.now += 100
            if (world.executors.size < 2 || world.scheduler.starving) world.addExecutor()
            const [name] = world.running.keys()
            if (name !== undefined) world.end(name, 11)
            else if (world.ended.size === world.submitted) {
              if (world.submitted === world.shapes.length || world.ended.get(world.submitted - 1) === 'failed') break
              world.submitNext()
            } else world.tell({ kind: 'tick' })
          }
          expect(world.ended.size).toBe(world.submitted)
          const last = world.shapes.at(-1)
          if (world.submitted === world.shapes.length && world.ended.get(world.submitted - 1) === 'done') {
            outcomes.done++
            // The result stage keeps no shuffle that could be lost: each of its tasks counted exactly once.
            for (const index of last?.tasks.keys() ?? []) expect(world.accepted.get(`${last?.id}.${index}`)).toBe(1)
          } else outcomes.failed++
          for (const { shuffle } of world.shapes) {
            if (shuffle !== undefined) world.tell({ kind: 'release', shuffle: shuffle.id })
          }
          // Each shuffle that was begun is deleted once, when nobody can need it any more.
          const begun = world.shapes.slice(0, world.submitted).flatMap(({ shuffle }) => shuffle?.id ?? [])
          expect(world.deleted.toSorted()).toEqual(begun.filter((id) => !world.refused.has(id)))
          expect(world.scheduler.runningTasks).toBe(0)
          expect(world.scheduler.backlog).toBe(0)
        },
      ),
      { numRuns: 400, seed: 7 },
    )
    expect(outcomes.done).toBeGreaterThan(50)
  })

  it('decides the same for the same events', () => {
    const play = () => {
      const world = new World(SETTINGS, [5, 4])
      const told: string[] = []
      const original = world.tell.bind(world)
      world.tell = (event) => {
        original(event)
        told.push(JSON.stringify([...world.running.keys()]))
      }
      world.addExecutor()
      world.submitNext()
      for (let step = 0; step < 20; step++) world.end([...world.running.keys()][0] ?? '', step % 4)
      return told
    }
    expect(play()).toEqual(play())
  })
})
