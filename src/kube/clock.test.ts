import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { sleep, systemClock } from './clock.ts'
import { ManualClock } from './testing/manual-clock.ts'

afterEach(() => {
  vi.useRealTimers()
})

describe('the system clock', () => {
  test('waits for longer than a timer of Node can', () => {
    vi.useFakeTimers()
    const run = vi.fn()
    systemClock.after(2 ** 31 + 5_000, run)
    vi.advanceTimersByTime(2 ** 31 + 4_999)
    expect(run).not.toHaveBeenCalled()
    vi.advanceTimersByTime(1)
    expect(run).toHaveBeenCalledOnce()
  })

  test('can be told to forget it, on the long way too', () => {
    vi.useFakeTimers()
    const run = vi.fn()
    const cancel = systemClock.after(2 ** 31 + 5_000, run)
    vi.advanceTimersByTime(2 ** 31)
    cancel()
    vi.advanceTimersByTime(10_000)
    expect(run).not.toHaveBeenCalled()
  })

  test('keeps a process alive for those who sleep, not for an alarm', async () => {
    const clock = join(import.meta.dirname, 'clock.ts')
    const program = `
      import { sleep, systemClock } from ${JSON.stringify(clock)}
      systemClock.after(3_600_000, () => {})
      await sleep(systemClock, 20)
      console.log('awake')`
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program])
    expect(stdout).toBe('awake\n')
  })
})

describe('sleep', () => {
  test('ends with its time or with the signal, whichever is first', async () => {
    const clock = new ManualClock()
    const abort = new AbortController()
    const woken: string[] = []
    const both = [
      sleep(clock, 100).then(() => woken.push('time')),
      sleep(clock, 1_000, abort.signal).then(() => woken.push('signal')),
      sleep(clock, 1_000, AbortSignal.abort()).then(() => woken.push('at once')),
    ]
    await clock.run(100)
    expect(woken).toEqual(['at once', 'time'])
    abort.abort()
    await Promise.all(both)
    expect(woken).toEqual(['at once', 'time', 'signal'])
    expect(clock.nextIn).toBeUndefined()
  })
})
