import { describe, expect, it } from 'vitest'
import { unitOf } from './unit.ts'

const run = (state: string, condition: object) =>
  unitOf({
    apiVersion: 'bellows.dev/v1alpha1',
    kind: 'PipelineRun',
    metadata: { name: 'r' },
    status: { state, conditions: [{ type: 'Succeeded', ...condition }] },
  })

describe('the message of a unit', () => {
  it('says why a run is not started', () => {
    const message = 'There is no Pipeline ghost'
    expect(run('queued', { status: 'Unknown', reason: 'PipelineNotFound', message }).message).toBe(message)
  })

  it('says why it failed', () => {
    expect(run('failed', { status: 'False', reason: 'RunFailed', message: 'm' }).message).toBe('m')
  })

  it('is none while all goes well', () => {
    expect(run('running', { status: 'Unknown', reason: 'RunStarted', message: 'under way' }).message).toBeUndefined()
    expect(run('success', { status: 'True', reason: 'RunSucceeded', message: 'ended well' }).message).toBeUndefined()
  })

  it('says why an application waits', () => {
    const status = {
      applicationState: { state: 'PENDING_RERUN' },
      conditions: [{ type: 'Succeeded', status: 'Unknown', reason: 'QuotaExceeded', message: 'no room' }],
    }
    const object = {
      apiVersion: 'sparkoperator.k8s.io/v1beta2',
      kind: 'SparkApplication',
      metadata: { name: 'a' },
      status,
    }
    expect(unitOf(object).message).toBe('no room')
  })
})

describe('what is suspended', () => {
  it('does not end by itself: it is told how to go on', () => {
    const suspended = { status: 'Unknown', reason: 'Suspended', message: 'by spec.suspend' }
    expect(run('running', suspended)).toMatchObject({
      outcome: 'failed',
      message: expect.stringContaining('set spec.suspend to false'),
    })
    const object = { apiVersion: 'sparkoperator.k8s.io/v1beta2', kind: 'SparkApplication', metadata: { name: 'a' } }
    expect(unitOf({ ...object, status: { applicationState: { state: 'SUSPENDED' } } })).toMatchObject({
      outcome: 'failed',
      message: expect.stringContaining('set spec.suspend to false'),
    })
  })
})
