import { createHash } from 'node:crypto'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { BlockStorage, StorageLevel, StoredBlock } from '../scheduler/task-body.ts'
import type { MemoryManager } from './memory-manager.ts'

/** Where a block is, as the driver is told. */
export interface BlockStatus {
  readonly id: string
  readonly memory: number
  readonly disk: number
}

/** The other processes of the application, as this one's storage sees them. */
export interface BlockPeers {
  /** Tells the driver what is here now; zeros: nothing any more. */
  update(status: BlockStatus): void
  /** After all updates so far were told. */
  settled(): Promise<void>
  /** From another executor that holds it. */
  fetch(id: string): Promise<Uint8Array | undefined>
  /** Copies it to so many others; gives how many took it. */
  replicate(id: string, level: StorageLevel, bytes: Uint8Array, copies: number): Promise<number>
}

interface Entry {
  readonly level: StorageLevel
  /** Memory levels; undefined once it was evicted to disk. */
  memory: StoredBlock | undefined
  size: number
  serialize: () => Uint8Array
  disk: string | undefined
  diskSize: number
}

export interface BlockStoreOptions {
  readonly directory: string
  readonly memory: MemoryManager
  readonly peers: BlockPeers
  /** Blocks whose ids begin so are not wanted any more; whoever has copies of their values lets them go. */
  readonly removed?: (prefix: string) => void
}

/**
 * Persisted partitions and broadcast values of this process: in memory while the budget allows, the least recently used
 * go first, to disk where their level has it, else they are forgotten. Source: Spark's BlockManager and MemoryStore.
 */
export class BlockStore implements BlockStorage {
  private readonly options: BlockStoreOptions
  /** In the order of use, oldest first. */
  private readonly entries = new Map<string, Entry>()

  constructor(options: BlockStoreOptions) {
    this.options = options
  }

  async get(id: string): Promise<StoredBlock | undefined> {
    const here = await this.local(id)
    if (here !== undefined) return here
    const bytes = await this.options.peers.fetch(id)
    return bytes === undefined ? undefined : { kind: 'bytes', bytes }
  }

  /** Only what is in this process. */
  async local(id: string): Promise<StoredBlock | undefined> {
    const entry = this.entries.get(id)
    if (entry === undefined) return undefined
    this.entries.delete(id)
    this.entries.set(id, entry)
    if (entry.memory !== undefined) return entry.memory
    if (entry.disk === undefined) return undefined
    try {
      return { kind: 'bytes', bytes: await readFile(entry.disk) }
    } catch {
      // Gone with the disk: as if it had never been here.
      this.entries.delete(id)
      this.told(id)
      return undefined
    }
  }

  /** The block's bytes, for another process. */
  async bytes(id: string): Promise<Uint8Array | undefined> {
    const block = await this.local(id)
    if (block === undefined) return undefined
    return block.kind === 'bytes' ? block.bytes : this.entries.get(id)?.serialize()
  }

  async put(id: string, level: StorageLevel, values: unknown, bytes: () => Uint8Array): Promise<void> {
    await this.keep(id, level, level.deserialized ? { kind: 'values', values } : undefined, bytes)
    const copies = level.replication - 1
    if (copies > 0 && this.entries.has(id)) {
      const sent = await this.bytes(id)
      if (sent !== undefined) await this.options.peers.replicate(id, level, sent, copies)
    }
    // Whoever is told that the task is done can rely on the driver's knowing the block.
    await this.options.peers.settled()
  }

  /** Keeps what another executor sent. */
  async putBytes(id: string, level: StorageLevel, bytes: Uint8Array): Promise<boolean> {
    await this.keep(id, { ...level, deserialized: false }, undefined, () => bytes)
    return this.entries.has(id)
  }

  async remove(prefix: string): Promise<void> {
    this.options.removed?.(prefix)
    for (const id of [...this.entries.keys()]) if (id.startsWith(prefix)) await this.drop(id)
  }

  list(): readonly {
    readonly id: string
    readonly level: StorageLevel
    readonly memory: number
    readonly disk: number
  }[] {
    return [...this.entries].map(([id, { level, memory, size, diskSize }]) => ({
      id,
      level,
      memory: memory === undefined ? 0 : size,
      disk: diskSize,
    }))
  }

  private async keep(
    id: string,
    level: StorageLevel,
    values: StoredBlock | undefined,
    serialize: () => Uint8Array,
  ): Promise<void> {
    await this.drop(id)
    const entry: Entry = { level, memory: undefined, size: 0, serialize, disk: undefined, diskSize: 0 }
    if (level.memory) {
      // The serialised size stands for the size of values: measured, it is the smaller of the two by at most a factor of 4.
      const bytes = serialize()
      const size = values === undefined ? bytes.length : bytes.length * 2
      if (await this.makeRoom(size, id)) {
        entry.memory = values ?? { kind: 'bytes', bytes }
        entry.size = size
      }
    }
    if (level.disk && entry.memory === undefined) await this.toDisk(id, entry)
    if (entry.memory === undefined && entry.disk === undefined) return
    this.entries.set(id, entry)
    this.told(id)
  }

  /** Evicts older blocks until there is room; never one of the same persisted RDD, as in Spark. */
  private async makeRoom(bytes: number, id: string): Promise<boolean> {
    const { memory } = this.options
    if (bytes > memory.storageMemory) return false
    for (;;) {
      if (await memory.acquire(bytes)) return true
      const family = familyOf(id)
      const victim = [...this.entries].find(
        ([other, entry]) => entry.memory !== undefined && (family === undefined || familyOf(other) !== family),
      )
      if (victim === undefined) return false
      await this.evict(victim[0], victim[1])
    }
  }

  private async evict(id: string, entry: Entry): Promise<void> {
    if (entry.level.disk && entry.disk === undefined) await this.toDisk(id, entry)
    entry.memory = undefined
    const { size } = entry
    entry.size = 0
    if (entry.disk === undefined) this.entries.delete(id)
    await this.options.memory.release(size)
    this.told(id)
  }

  private async toDisk(id: string, entry: Entry): Promise<void> {
    const bytes = entry.serialize()
    await mkdir(this.options.directory, { recursive: true })
    const path = join(this.options.directory, createHash('sha256').update(id).digest('hex').slice(0, 40))
    try {
      await writeFile(`${path}.partial`, bytes)
      await rename(`${path}.partial`, path)
    } catch (error) {
      await rm(`${path}.partial`, { force: true })
      throw error
    }
    entry.disk = path
    entry.diskSize = bytes.length
    entry.serialize = () => {
      throw new Error(`block ${id} is on disk`)
    }
  }

  private async drop(id: string): Promise<void> {
    const entry = this.entries.get(id)
    if (entry === undefined) return
    this.entries.delete(id)
    if (entry.memory !== undefined) await this.options.memory.release(entry.size)
    if (entry.disk !== undefined) await rm(entry.disk, { force: true })
    this.told(id)
  }

  private told(id: string): void {
    const entry = this.entries.get(id)
    this.options.peers.update({ id, memory: entry?.memory === undefined ? 0 : entry.size, disk: entry?.diskSize ?? 0 })
  }
}

/** `rdd_3_7` belongs to `rdd_3`. Source: Spark's names of blocks. */
const familyOf = (id: string): string | undefined => /^rdd_\d+(?=_)/.exec(id)?.[0]
