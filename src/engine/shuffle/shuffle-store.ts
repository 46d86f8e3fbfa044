import { link, mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { BlockInfo } from '../scheduler/scheduling.ts'
import { fileChecksum } from './checksum.ts'

/** The number of the block that has the columns and no rows. */
export const SCHEMA_BLOCK = -1

/** A map task's output while it is written: nothing of it can be read before `commit`. */
export interface MapOutputWriter {
  /** Files of the attempt; those that are no blocks are deleted by commit. */
  readonly directory: string
  path(partition: number): string
  /** The file at `path(partition)` is complete. */
  done(partition: number, rows: number): Promise<void>
  commit(): Promise<{ readonly blocks: readonly BlockInfo[]; readonly schema: BlockInfo | undefined }>
  abort(): Promise<void>
}

const EMPTY: BlockInfo = { bytes: 0, rows: 0, crc: 0 }

export const blockFile = (
  directory: string,
  shuffle: number,
  map: number,
  attempt: number,
  partition: number,
): string =>
  join(directory, `shuffle-${shuffle}`, `${map}-${attempt}`, partition === SCHEMA_BLOCK ? 'schema' : String(partition))

/** The shuffle blocks that this process keeps, a file each, until they are released. */
export class ShuffleStore {
  /** A name that no other process has: whoever can see it sees these files. */
  readonly directory: string
  private readonly held = new Map<number, Map<string, { readonly map: number; readonly attempt: number }>>()
  private readonly released = new Set<number>()

  constructor(directory: string) {
    this.directory = directory
  }

  async writer(shuffle: number, map: number, attempt: number, partitions: number): Promise<MapOutputWriter> {
    const target = this.outputDirectory(shuffle, map, attempt)
    const directory = `${target}.partial`
    await rm(directory, { recursive: true, force: true })
    await mkdir(directory, { recursive: true })
    const blocks: BlockInfo[] = Array.from({ length: partitions }, () => EMPTY)
    const complete = new Set<string>()
    let schema: BlockInfo | undefined
    const path = (partition: number) => join(directory, partition === SCHEMA_BLOCK ? 'schema' : String(partition))
    return {
      directory,
      path,
      done: async (partition, rows) => {
        if (partition !== SCHEMA_BLOCK && !(partition >= 0 && partition < partitions)) {
          throw new RangeError(`partition ${partition} of a shuffle with ${partitions} partitions`)
        }
        const info = { ...(await fileChecksum(path(partition))), rows }
        complete.add(basename(path(partition)))
        if (partition === SCHEMA_BLOCK) schema = info
        else blocks[partition] = info
      },
      commit: async () => {
        for (const name of await readdir(directory)) {
          if (!complete.has(name)) await rm(join(directory, name), { recursive: true, force: true })
        }
        await rm(target, { recursive: true, force: true })
        await rename(directory, target)
        await this.hold(shuffle, map, attempt)
        return { blocks, schema }
      },
      abort: () => rm(directory, { recursive: true, force: true }),
    }
  }

  outputDirectory(shuffle: number, map: number, attempt: number): string {
    return join(this.directory, `shuffle-${shuffle}`, `${map}-${attempt}`)
  }

  path(shuffle: number, map: number, attempt: number, partition: number): string {
    return blockFile(this.directory, shuffle, map, attempt, partition)
  }

  /** What is held, for moving it elsewhere. */
  list(): readonly { readonly shuffle: number; readonly map: number; readonly attempt: number }[] {
    return [...this.held].flatMap(([shuffle, outputs]) =>
      [...outputs.values()].map((output) => ({ shuffle, ...output })),
    )
  }

  /** An output whose files are in place; where its shuffle was released meanwhile, they go. */
  async hold(shuffle: number, map: number, attempt: number): Promise<void> {
    if (this.released.has(shuffle)) {
      await this.release(shuffle)
      return
    }
    const outputs = this.held.get(shuffle) ?? new Map()
    outputs.set(`${map}-${attempt}`, { map, attempt })
    this.held.set(shuffle, outputs)
  }

  async release(shuffle: number): Promise<void> {
    this.released.add(shuffle)
    this.held.delete(shuffle)
    await rm(join(this.directory, `shuffle-${shuffle}`), { recursive: true, force: true })
  }

  async discard(shuffle: number, map: number, attempt: number): Promise<void> {
    this.held.get(shuffle)?.delete(`${map}-${attempt}`)
    await rm(this.outputDirectory(shuffle, map, attempt), { recursive: true, force: true })
  }
}

/**
 * A file of another process on this machine under a name of our own, so that it stays when the other deletes it. False
 * where that process is not on this machine, the file is not there, or it has not the size it should have.
 */
export const adopt = async (theirs: string, ours: string, bytes: number): Promise<boolean> => {
  try {
    await link(theirs, ours)
    if ((await stat(ours)).size === bytes) return true
    await rm(ours, { force: true })
    return false
  } catch {
    return false
  }
}
