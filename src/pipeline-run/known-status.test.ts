import { describe, expect, it } from 'vitest'
import type { PipelineRun } from '../api/pipeline-run.ts'
import { knownStatus } from './known-status.ts'

const runWith = (status: unknown): PipelineRun =>
  ({ metadata: { name: 'r' }, spec: {}, status }) as unknown as PipelineRun

describe('knownStatus', () => {
  it('gives what is right as it is, without the epoch', () => {
    const task = { name: 'a', state: 'success', attempt: 1, result: '1' }
    const status = { state: 'running', startTime: '2026-01-01T00:00:00Z', tasks: [task], progress: '1/1' }
    expect(knownStatus(runWith({ ...status, leaderEpoch: 3 }))).toEqual(status)
  })

  it('leaves out what cannot be', () => {
    const tasks = [
      null,
      'x',
      { name: 'a', state: 'flying' },
      { name: 'b', state: 'failed', attempt: -1, reason: 3, podName: 'p' },
    ]
    const status = { state: 'done', reason: 7, conditions: [null, { type: 'Succeeded' }], tasks }
    expect(knownStatus(runWith(status))).toEqual({
      conditions: [{ type: 'Succeeded' }],
      tasks: [{ name: 'b', state: 'failed', podName: 'p' }],
    })
    expect(knownStatus(runWith('gone'))).toEqual({})
    expect(knownStatus(runWith({ tasks: {} }))).toEqual({})
  })
})
