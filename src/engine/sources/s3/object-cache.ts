import { createHash } from 'node:crypto'
import { type FileHandle, mkdir, open, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { EngineError, infrastructureError, limitError, messageOf, userError } from '../../errors.ts'
import type { ParquetNeed, S3Input } from '../source-input.ts'
import { objectUrl } from './object-path.ts'
import { type ByteRange, type ColumnChunk, cutRanges, merged, missing, neededRanges } from './parquet-ranges.ts'
import type { S3Client } from './s3-client.ts'

export interface ObjectCacheOptions {
  readonly client: (input: S3Input) => S3Client
  readonly directory: string
  /** Of one object that is fetched whole. */
  readonly maxObjectBytes: number
  /** Of all that is kept; objects in use may exceed it. */
  readonly maxBytes: number
  /** Column chunks of a local Parquet file whose footer is there. */
  readonly chunks: (path: string) => Promise<readonly ColumnChunk[]>
}

/** Smaller objects are fetched whole. */
const SMALL = 256 * 2 ** 10
/** Read at the end of a Parquet file before its footer's length is known. */
const TAIL = 64 * 2 ** 10
const REQUEST_BYTES = 8 * 2 ** 20
/** Ranges this near to each other cost less as one request. */
const GAP = 64 * 2 ** 10
const PARALLEL = 6

interface Entry {
  readonly input: S3Input
  readonly path: string
  /** What is on the disk, sorted, without overlaps. */
  have: readonly ByteRange[]
  chunks: Promise<readonly ColumnChunk[]> | undefined
  users: number
  used: number
  /** Fetches of one object go one after the other, so that nothing is fetched twice. */
  turn: Promise<unknown>
}

const sizeOf = ({ have }: Entry): number => have.reduce((sum, { from, to }) => sum + to - from, 0)

/**
 * Objects as local files, each version once a process. Of a Parquet file only the footer and the column chunks that are
 * asked for come; the file on the disk has holes for the rest. Throws EngineError.
 */
export class ObjectCache {
  private readonly options: ObjectCacheOptions
  private readonly entries = new Map<string, Entry>()
  private clock = 0
  /** Bytes that came over the network. */
  fetchedBytes = 0

  constructor(options: ObjectCacheOptions) {
    this.options = options
  }

  /** All of an object, or of a Parquet file what `input.need` names. In use until `release`. */
  async acquire(input: S3Input): Promise<string> {
    const { need } = input
    const entry = this.entry(input)
    entry.users++
    try {
      await (need === undefined ? this.fetchAll(entry) : this.fetchNeeded(entry, need))
      return entry.path
    } catch (error) {
      entry.users--
      throw error
    }
  }

  release(input: S3Input): void {
    const entry = this.entries.get(keyOf(input))
    if (entry !== undefined) entry.users--
  }

  whole(input: S3Input): Promise<string> {
    const entry = this.entry(input)
    return this.fetchAll(entry).then(() => entry.path)
  }

  /** A file of which the footer can be read. */
  footer(input: S3Input): Promise<string> {
    const entry = this.entry(input)
    return this.inTurn(entry, () => this.fetchFooter(entry)).then(() => entry.path)
  }

  private entry(input: S3Input): Entry {
    const key = keyOf(input)
    const known = this.entries.get(key)
    const entry = known ?? {
      input,
      // Directories k=v of the key stay: their names are columns.
      path: join(
        this.options.directory,
        createHash('sha256').update(key).digest('hex').slice(0, 24),
        localName(input.key),
      ),
      have: [],
      chunks: undefined,
      users: 0,
      used: 0,
      turn: Promise.resolve(),
    }
    entry.used = ++this.clock
    this.entries.set(key, entry)
    return entry
  }

  private inTurn<T>(entry: Entry, work: () => Promise<T>): Promise<T> {
    const made = entry.turn.then(work)
    entry.turn = made.catch(() => {})
    return made
  }

  private fetchAll(entry: Entry): Promise<void> {
    const { bytes } = entry.input
    if (bytes > this.options.maxObjectBytes)
      throw limitError(
        `${objectUrl(entry.input)} is larger than ${this.options.maxObjectBytes} bytes (spark.bellows.download.maxBytes); Parquet is read in parts`,
      )
    return this.inTurn(entry, () => this.fill(entry, [{ from: 0, to: bytes }]))
  }

  private async fetchNeeded(entry: Entry, need: ParquetNeed): Promise<void> {
    await this.inTurn(entry, async () => {
      await this.fetchFooter(entry)
      entry.chunks ??= this.options.chunks(entry.path)
      const { bytes } = entry.input
      const ranges = neededRanges(await entry.chunks, need.columns, need.rows) ?? [{ from: 0, to: bytes }]
      await this.fill(entry, ranges)
    })
  }

  private async fetchFooter(entry: Entry): Promise<void> {
    const { bytes } = entry.input
    if (bytes <= SMALL) return this.fill(entry, [{ from: 0, to: bytes }])
    await this.fill(entry, [{ from: bytes - TAIL, to: bytes }])
    const file = await open(entry.path)
    try {
      const end = Buffer.alloc(8)
      await file.read(end, 0, 8, bytes - 8)
      if (end.toString('latin1', 4) !== 'PAR1')
        throw userError(`cannot read ${objectUrl(entry.input)}: it is no Parquet file`)
      await this.fill(entry, [
        { from: Math.max(0, bytes - 8 - end.readUInt32LE(0)), to: bytes },
        { from: 0, to: 4 },
      ])
    } finally {
      await file.close()
    }
  }

  /** Fetches what of `ranges` is not there. */
  private async fill(entry: Entry, ranges: readonly ByteRange[]): Promise<void> {
    const { input, path } = entry
    const lacking = missing(merged(ranges, 0), entry.have)
    if (lacking.length === 0 && entry.have.length > 0) return
    await this.makeRoom(
      entry,
      lacking.reduce((sum, { from, to }) => sum + to - from, 0),
    )
    await mkdir(dirname(path), { recursive: true })
    const file = await open(path, entry.have.length === 0 ? 'w+' : 'r+')
    try {
      await file.truncate(input.bytes)
      const queue = cutRanges(merged(lacking, GAP), REQUEST_BYTES).values()
      const work = async () => {
        for (const range of queue) await this.fetchRange(input, file, range)
      }
      await Promise.all(Array.from({ length: PARALLEL }, work))
      entry.have = merged([...entry.have, ...lacking], 0)
    } finally {
      await file.close()
    }
  }

  private async fetchRange(input: S3Input, file: FileHandle, range: ByteRange): Promise<void> {
    const { bytes, etag } = input
    const all = range.from === 0 && range.to === bytes
    const answer = await this.options.client(input).get(input, etag, all ? undefined : range)
    let at = range.from
    try {
      for await (const chunk of answer.body ?? []) {
        await file.write(chunk, 0, chunk.length, at)
        at += chunk.length
      }
    } catch (error) {
      throw error instanceof EngineError
        ? error
        : infrastructureError(`cannot read ${objectUrl(input)}: ${messageOf(error)}`, error)
    }
    this.fetchedBytes += at - range.from
    if (at !== range.to)
      throw infrastructureError(`${objectUrl(input)}: ${at - range.from} of ${range.to - range.from} bytes came`)
  }

  /** Deletes objects that nobody uses, the one that was used longest ago first. */
  private async makeRoom(wanting: Entry, bytes: number): Promise<void> {
    let total = bytes
    for (const entry of this.entries.values()) total += sizeOf(entry)
    const idle = [...this.entries].filter(([, entry]) => entry !== wanting && entry.users === 0)
    // What was touched a moment ago may be in the hands of the planner.
    const old = idle.filter(([, { used }]) => used < this.clock - 64).toSorted(([, a], [, b]) => a.used - b.used)
    for (const [key, entry] of old) {
      if (total <= this.options.maxBytes) return
      total -= sizeOf(entry)
      this.entries.delete(key)
      await rm(dirname(entry.path), { recursive: true, force: true })
    }
  }
}

const keyOf = ({ bucket, key, etag, bytes }: S3Input): string => JSON.stringify([bucket, key, etag, bytes])

/** The key's k=v directories and its name, fit for a file system. */
const localName = (key: string): string => {
  const parts = key.split('/')
  const name = (parts.at(-1) ?? '').replace(/[^\w.=-]/g, '_').slice(-120) || 'data'
  return join(...parts.slice(0, -1).filter((part) => /^[^=]+=[^=]*$/.test(part)), name)
}
