import type { Log } from '../log.ts'
import type { JobRunner } from './job-runner.ts'
import type { Lineage } from './lineage.ts'

/** What RDDs need of their SparkContext. */
export interface RddContext {
  readonly log: Log
  readonly checkpointDirectory: string | undefined
  nextRddId(): number
  runner(): Promise<JobRunner>
  defaultParallelism(): Promise<number>
  /** spark.default.parallelism, where it is set. */
  readonly configuredParallelism: number | undefined
  /** Of the actions that start now. */
  readonly job: {
    readonly signal: AbortSignal | undefined
    readonly pool: string
    readonly description: string | undefined
  }
  /** The program's end waits for it. */
  track<T>(work: Promise<T>): Promise<T>
  removeBlocks(prefix: string): Promise<void>
}

export interface RddOptions {
  readonly operator: string
  readonly lineage: Lineage
}
