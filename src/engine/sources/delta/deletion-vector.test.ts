import { describe, expect, it } from 'vitest'
import { deletedRows, readBitmaps } from './deletion-vector.ts'
import type { TableStore } from './table-store.ts'

const store = { shown: '/t' } as TableStore

describe('deletion vectors', () => {
  it('reads one of the reference implementation', async () => {
    const ref = {
      storageType: 'i',
      pathOrInlineDv: '^Bg9^0rr910000000000iXQKl0rr91000f55c8Xg0@@D72lkbi5=-{L',
      sizeInBytes: 44,
      cardinality: 6,
    }
    expect(await deletedRows(store, ref)).toEqual([3, 4, 7, 11, 18, 29])
    await expect(deletedRows(store, { ...ref, cardinality: 7 })).rejects.toThrow(/\/t is broken \(6 of 7 rows\)/)
  })

  it('reads runs and full containers', () => {
    const bytes = Buffer.alloc(12 + 4 + 4 + 1 + 8 + 2 + 4 + 8192)
    let at = bytes.writeInt32LE(1681511377, 0)
    at = bytes.writeBigInt64LE(1n, at)
    at = bytes.writeUInt32LE(0, at)
    at = bytes.writeUInt32LE(12347 | (1 << 16), at)
    at = bytes.writeUInt8(0b01, at)
    at = bytes.writeUInt16LE(0, at)
    at = bytes.writeUInt16LE(4, at)
    at = bytes.writeUInt16LE(1, at)
    at = bytes.writeUInt16LE(4999, at)
    at = bytes.writeUInt16LE(1, at)
    at = bytes.writeUInt16LE(10, at)
    at = bytes.writeUInt16LE(4, at)
    bytes.fill(0xff, at, at + 625)
    const rows = readBitmaps(bytes) ?? []
    expect(rows.slice(0, 5)).toEqual([10, 11, 12, 13, 14])
    expect(rows).toHaveLength(5005)
    expect(rows.at(-1)).toBe(65_536 + 4999)
  })
})
