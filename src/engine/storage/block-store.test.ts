import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { StorageLevel } from '../scheduler/task-body.ts'
import { type BlockPeers, type BlockStatus, BlockStore } from './block-store.ts'
import { MemoryManager } from './memory-manager.ts'

/** A quarter of one: these are written to disk. */
const MIB = 2 ** 18
const MEMORY_ONLY: StorageLevel = { memory: true, disk: false, deserialized: true, replication: 1 }
const MEMORY_AND_DISK_SER: StorageLevel = { memory: true, disk: true, deserialized: false, replication: 1 }
const DISK_ONLY: StorageLevel = { memory: false, disk: true, deserialized: false, replication: 1 }

describe('BlockStore', () => {
  let directory: string
  let told: Map<string, BlockStatus>
  let limits: number[]
  let store: BlockStore
  let memory: MemoryManager
  let copies: string[]

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'bellows-storage-'))
    told = new Map()
    limits = []
    copies = []
    const peers: BlockPeers = {
      update: (status) => told.set(status.id, status),
      settled: async () => {},
      fetch: async (id) => (id === 'elsewhere' ? Buffer.from('far') : undefined),
      replicate: async (id, _, bytes, count) => {
        copies.push(`${id} ${bytes.length} x${count}`)
        return count
      },
    }
    memory = new MemoryManager({
      budget: 256 * MIB,
      storageFraction: 0.5,
      setDatabaseLimit: async (bytes) => {
        limits.push(bytes / MIB)
      },
    })
    store = new BlockStore({ directory: join(directory, 'storage'), memory, peers })
  })

  afterEach(() => rm(directory, { recursive: true, force: true }))

  const bytes = (mib: number) => () => Buffer.alloc(mib * MIB, 7)

  it('keeps values as they are, takes their room from DuckDB, and gives it back', async () => {
    const values = [{ a: 1 }]
    await store.put('rdd_1_0', MEMORY_ONLY, values, bytes(20))
    expect(await store.get('rdd_1_0')).toEqual({ kind: 'values', values })
    // Twice the serialised size, in steps of 16 MiB.
    expect(memory.shares).toEqual({ database: (256 - 64) * MIB, storage: 40 * MIB })
    expect(await store.bytes('rdd_1_0')).toHaveLength(20 * MIB)
    await store.remove('rdd_1_')
    expect(memory.shares).toEqual({ database: 256 * MIB, storage: 0 })
    expect(limits).toEqual([192, 256])
    expect(told.get('rdd_1_0')).toEqual({ id: 'rdd_1_0', memory: 0, disk: 0 })
  })

  it('evicts what was used longest ago, to disk where its level has it', async () => {
    await store.put('rdd_1_0', MEMORY_AND_DISK_SER, undefined, bytes(50))
    await store.put('rdd_2_0', { ...MEMORY_ONLY, deserialized: false }, undefined, bytes(50))
    await store.get('rdd_1_0')
    await store.put('rdd_3_0', MEMORY_AND_DISK_SER, undefined, bytes(60))
    expect(await store.get('rdd_2_0')).toBeUndefined()
    await store.put('rdd_4_0', MEMORY_AND_DISK_SER, undefined, bytes(60))
    expect(told.get('rdd_1_0')).toEqual({ id: 'rdd_1_0', memory: 0, disk: 50 * MIB })
    const back = await store.get('rdd_1_0')
    expect(back?.kind === 'bytes' && back.bytes.length).toBe(50 * MIB)
    expect(memory.shares.storage).toBe(120 * MIB)
  })

  it('does not evict a partition for another of the same RDD, and says so by not keeping it', async () => {
    await store.put('rdd_1_0', { ...MEMORY_ONLY, deserialized: false }, undefined, bytes(100))
    await store.put('rdd_1_1', { ...MEMORY_ONLY, deserialized: false }, undefined, bytes(100))
    expect(await store.get('rdd_1_0')).toBeDefined()
    expect(await store.get('rdd_1_1')).toBeUndefined()
    await store.put('rdd_1_2', MEMORY_AND_DISK_SER, undefined, bytes(100))
    expect(told.get('rdd_1_2')).toEqual({ id: 'rdd_1_2', memory: 0, disk: 100 * MIB })
  })

  it('forgets a block whose file is gone', async () => {
    await store.put('rdd_1_0', DISK_ONLY, undefined, bytes(1))
    const [name = ''] = await readdir(join(directory, 'storage'))
    await rm(join(directory, 'storage', name))
    expect(await store.get('rdd_1_0')).toBeUndefined()
    expect(told.get('rdd_1_0')).toEqual({ id: 'rdd_1_0', memory: 0, disk: 0 })
  })

  it('copies where the level says so, and finds blocks elsewhere', async () => {
    await store.put('rdd_1_0', { ...MEMORY_AND_DISK_SER, replication: 2 }, undefined, bytes(1))
    expect(copies).toEqual([`rdd_1_0 ${MIB} x1`])
    expect(await store.get('elsewhere')).toEqual({ kind: 'bytes', bytes: Buffer.from('far') })
    expect(await store.get('nowhere')).toBeUndefined()
  })

  it('leaves DuckDB its memory when it gives none back', async () => {
    const stubborn = new MemoryManager({
      budget: 256 * MIB,
      storageFraction: 0.5,
      setDatabaseLimit: () => Promise.reject(new Error('in use')),
    })
    expect(await stubborn.acquire(20 * MIB)).toBe(false)
    expect(stubborn.shares).toEqual({ database: 256 * MIB, storage: 0 })
  })
})
