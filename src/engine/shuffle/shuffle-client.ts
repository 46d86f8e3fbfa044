import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'
import { crc32 } from 'node:zlib'
import { infrastructureError, messageOf } from '../errors.ts'
import { openRequest } from '../http-client.ts'
import { type BlockLocation, type BlockSource, type FetchPlan, PATHS } from '../protocol.ts'
import { type BlocksWanted, FrameReader } from './block-frames.ts'
import { fileChecksum } from './checksum.ts'
import { FetchFailed } from './fetch-failed.ts'
import { adopt, blockFile } from './shuffle-store.ts'

export interface ShuffleClientOptions {
  readonly token: string
  /** spark.reducer.maxSizeInFlight: bytes asked for in one request. */
  readonly maxBytesInFlight: number
  /** spark.shuffle.io.maxRetries */
  readonly maxRetries: number
  /** spark.shuffle.io.retryWait, milliseconds. */
  readonly retryWait: number
  /** Milliseconds without a byte after which a connection counts as broken (spark.network.timeout). */
  readonly idleTimeout: number
  /** spark.shuffle.checksum.enabled */
  readonly verify: boolean
  readonly wait: (milliseconds: number, signal: AbortSignal) => Promise<void>
  readonly clock: () => number
}

export interface Fetched {
  /** In the order of map partitions, then reduce partitions. */
  readonly paths: readonly string[]
  readonly localBytes: number
  readonly remoteBytes: number
  readonly localBlocks: number
  readonly remoteBlocks: number
  readonly milliseconds: number
}

const PARALLEL_SOURCES = 5

interface Got {
  readonly block: BlockLocation
  readonly path: string
  readonly remote: boolean
}

/** Gets the blocks of a shuffle input as files below `directory`. Throws FetchFailed, or EngineError for trouble here. */
export class ShuffleClient {
  private readonly options: ShuffleClientOptions

  constructor(options: ShuffleClientOptions) {
    this.options = options
  }

  async fetch(plan: FetchPlan, directory: string, signal: AbortSignal): Promise<Fetched> {
    const start = this.options.clock()
    await mkdir(directory, { recursive: true })
    const got: Got[] = []
    const waiting = [...plan.sources]
    const failed = new AbortController()
    const either = AbortSignal.any([signal, failed.signal])
    const work = async (): Promise<void> => {
      for (let source = waiting.shift(); source !== undefined; source = waiting.shift()) {
        got.push(...(await this.fromSource(plan.shuffle, source, directory, either)))
      }
    }
    const workers = Array.from({ length: Math.min(PARALLEL_SOURCES, plan.sources.length) }, work)
    try {
      await Promise.all(workers)
    } catch (error) {
      failed.abort(error)
      await Promise.allSettled(workers)
      throw error
    }
    const sum = (remote: boolean) =>
      got.reduce((bytes, each) => bytes + (each.remote === remote ? each.block.bytes : 0), 0)
    return {
      paths: got
        .toSorted((a, b) => a.block.map - b.block.map || a.block.partition - b.block.partition)
        .map(({ path }) => path),
      localBytes: sum(false),
      remoteBytes: sum(true),
      localBlocks: got.filter(({ remote }) => !remote).length,
      remoteBlocks: got.filter(({ remote }) => remote).length,
      milliseconds: this.options.clock() - start,
    }
  }

  private async fromSource(
    shuffle: number,
    source: BlockSource,
    directory: string,
    signal: AbortSignal,
  ): Promise<readonly Got[]> {
    const got: Got[] = []
    const wanted: BlockLocation[] = []
    for (const block of source.blocks) {
      const theirs = blockFile(source.directory, shuffle, block.map, block.attempt, block.partition)
      const path = join(directory, fileName(block))
      // The directory's name is the executor's alone: a file of that name is its file, and that machine is this one.
      if (!(await adopt(theirs, path, block.bytes))) wanted.push(block)
      else if (!this.options.verify || (await fileChecksum(path)).crc === block.crc) {
        got.push({ block, path, remote: false })
      } else throw this.corrupt(shuffle, source, block)
    }
    for (const batch of batches(wanted, this.options.maxBytesInFlight)) {
      got.push(...(await this.remote(shuffle, source, batch, directory, signal)))
    }
    return got
  }

  private async remote(
    shuffle: number,
    source: BlockSource,
    blocks: readonly BlockLocation[],
    directory: string,
    signal: AbortSignal,
  ): Promise<readonly Got[]> {
    const got: Got[] = []
    for (let retry = 0; ; retry++) {
      const left = blocks.slice(got.length)
      try {
        await this.request(shuffle, source, left, directory, signal, got)
        return got
      } catch (error) {
        signal.throwIfAborted()
        if (error instanceof FetchFailed || isLocal(error)) throw asLocalTrouble(error, directory)
        if (retry >= this.options.maxRetries) {
          throw new FetchFailed(
            shuffle,
            source.executor,
            source.blocks,
            `shuffle ${shuffle} could not be fetched from executor ${source.executor}: ${messageOf(error)}`,
            error,
          )
        }
        await this.options.wait(this.options.retryWait * 2 ** retry, signal)
      }
    }
  }

  private async request(
    shuffle: number,
    source: BlockSource,
    blocks: readonly BlockLocation[],
    directory: string,
    signal: AbortSignal,
    got: Got[],
  ): Promise<void> {
    const body: BlocksWanted = {
      shuffle,
      blocks: blocks.map(({ map, attempt, partition }) => ({ map, attempt, partition })),
    }
    const answer = await openRequest({
      url: `${source.url}${PATHS.shuffleFetch}`,
      method: 'POST',
      token: this.options.token,
      body,
      signal,
      idleTimeout: this.options.idleTimeout,
    })
    if (answer.statusCode !== 200) {
      answer.resume()
      throw new Error(`it answered ${answer.statusCode}`)
    }
    const frames = new FrameReader(answer)
    try {
      for (const block of blocks) {
        const bytes = await frames.head()
        if (bytes < 0) throw this.gone(shuffle, source, block)
        const path = join(directory, fileName(block))
        const crc = await writeBlock(path, frames.take(bytes))
        if (bytes !== block.bytes || (this.options.verify && crc !== block.crc)) {
          await rm(path, { force: true })
          throw this.corrupt(shuffle, source, block)
        }
        got.push({ block, path, remote: true })
      }
      await frames.end()
    } finally {
      answer.destroy()
    }
  }

  private gone(shuffle: number, { executor }: BlockSource, block: BlockLocation): FetchFailed {
    const what = `block ${block.map}.${block.partition} of shuffle ${shuffle}`
    return new FetchFailed(shuffle, executor, [block], `executor ${executor} has no ${what} any more`)
  }

  private corrupt(shuffle: number, { executor }: BlockSource, block: BlockLocation): FetchFailed {
    const what = `block ${block.map}.${block.partition} of shuffle ${shuffle}`
    return new FetchFailed(
      shuffle,
      executor,
      [block],
      `${what} from executor ${executor} is corrupt: its checksum differs`,
    )
  }
}

const fileName = ({ map, attempt, partition }: BlockLocation): string => `${map}-${attempt}-${partition}`

const batches = (blocks: readonly BlockLocation[], maxBytes: number): readonly (readonly BlockLocation[])[] => {
  const all: BlockLocation[][] = []
  let bytes = Number.POSITIVE_INFINITY
  for (const block of blocks) {
    if (bytes + block.bytes > maxBytes) {
      all.push([])
      bytes = 0
    }
    all.at(-1)?.push(block)
    bytes += block.bytes
  }
  return all
}

/** Writes as fast as the disk takes it; gives the checksum. */
const writeBlock = async (path: string, parts: AsyncIterable<Buffer>): Promise<number> => {
  const file = createWriteStream(path)
  const written = finished(file)
  written.catch(() => {})
  let crc = 0
  try {
    for await (const part of parts) {
      crc = crc32(part, crc)
      if (!file.write(part)) await Promise.race([once(file, 'drain'), written])
    }
    file.end()
    await written
    return crc
  } catch (error) {
    file.destroy()
    await rm(path, { force: true })
    throw error
  }
}

/** Trouble of this process's own disk is not the other's fault. */
const isLocal = (error: unknown): boolean =>
  ['ENOSPC', 'EDQUOT', 'EIO', 'EROFS', 'EMFILE', 'ENFILE', 'EACCES'].includes(
    String((error as { readonly code?: unknown } | undefined)?.code),
  )

const asLocalTrouble = (error: unknown, directory: string): unknown =>
  error instanceof FetchFailed
    ? error
    : infrastructureError(`shuffle blocks cannot be kept in ${directory}: ${messageOf(error)}`, error)
