import { rm } from 'node:fs/promises'
import type { TaskProcess } from '../runner/task-process.ts'
import type { TaskExecutor } from './task-executor.ts'

/** The driver as an executor: id 0. */
export const localExecutor = (process: TaskProcess, slots: number, url: string): TaskExecutor => ({
  id: 0,
  name: 'driver',
  host: 'driver',
  slots,
  url,
  shuffleDirectory: process.shuffle.directory,
  run: async (request, signal, admit) => {
    const run = await process.host.run(request, signal)
    if (run.path === undefined) return run
    try {
      admit(run.report.bytes)
      return run
    } catch (error) {
      await rm(run.path, { force: true })
      throw error
    }
  },
  release: async (shuffles) => {
    for (const shuffle of shuffles) await process.shuffle.release(shuffle)
  },
  removeBlocks: (prefix) => process.storage.remove(prefix),
  // Its files are its own; and it stays.
  forgetBroadcast: async () => {},
  leave: async () => {},
})
