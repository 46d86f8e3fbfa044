import { expect, it } from 'vitest'
import { linuxMemory, psMemory } from './process-memory.ts'

it.runIf(process.platform === 'linux')('counts what a process holds and the system could not take back', async () => {
  const before = (await linuxMemory([process.pid])).get(process.pid) ?? 0
  const held = Buffer.alloc(64 * 1024 * 1024, 1)
  const after = (await linuxMemory([process.pid])).get(process.pid) ?? 0
  expect(before).toBeGreaterThan(1024 * 1024)
  expect(after - before).toBeGreaterThan(held.length / 2)
})

it('asks ps elsewhere, by process group', async () => {
  const sizes = await psMemory([process.pid, 999_999_999])
  expect(sizes.get(999_999_999)).toBe(0)
})
