import { describe, expect, test } from 'vitest'
import { ApiError, TransportError } from './errors.ts'
import { configMap } from './testing/objects.ts'
import { backoffMs, initialWatchState, step, type WatchAnswer, type WatchState } from './watch-state.ts'

const NOW = 1_000_000
const a = configMap('a', { resourceVersion: '11' })
const b = configMap('b', { resourceVersion: '12' })

const states = {
  empty: { kind: 'Empty', failures: 0 },
  'relisting from 7': { kind: 'Empty', failures: 2, notOlderThan: '7' },
  'behind for the last time': { kind: 'Empty', failures: 0, notOlderThan: '7', behind: 10 },
  'listing page 2': { kind: 'Listing', continue: 'token', failures: 0, notOlderThan: '7' },
  listed: { kind: 'Listed', resourceVersion: '20', failures: 1 },
  'watching, young': { kind: 'Watching', resourceVersion: '20', since: NOW - 500, events: 0, failures: 1 },
  'watching, busy': { kind: 'Watching', resourceVersion: '20', since: NOW - 500, events: 3, failures: 1 },
  'watching, healthy': { kind: 'Watching', resourceVersion: '20', since: NOW - 120_000, events: 9, failures: 4 },
  'watching, worn': { kind: 'Watching', resourceVersion: '20', since: NOW - 500, events: 0, failures: 4 },
} satisfies Record<string, WatchState>

const tooLarge = new ApiError(504, 'Timeout', 'Too large resource version: 20, current: 18', {
  retryAfterMs: 1_000,
  causes: [{ reason: 'ResourceVersionTooLarge' }],
})

const answers = {
  'last page': { kind: 'page', page: { items: [a, b], resourceVersion: '12' } },
  'a page of more': { kind: 'page', page: { items: [a], resourceVersion: '12', continue: 'next' } },
  'a page without version': { kind: 'page', page: { items: [], resourceVersion: '' } },
  'a page of version 0': { kind: 'page', page: { items: [], resourceVersion: '0' } },
  started: { kind: 'started' },
  ADDED: { kind: 'event', event: { type: 'ADDED', object: configMap('a', { resourceVersion: '21' }) } },
  MODIFIED: { kind: 'event', event: { type: 'MODIFIED', object: configMap('a', { resourceVersion: '22' }) } },
  DELETED: { kind: 'event', event: { type: 'DELETED', object: configMap('a', { resourceVersion: '23' }) } },
  BOOKMARK: { kind: 'event', event: { type: 'BOOKMARK', resourceVersion: '24' } },
  'BOOKMARK of nothing': { kind: 'event', event: { type: 'BOOKMARK', resourceVersion: '' } },
  'ERROR 410': { kind: 'event', event: { type: 'ERROR', error: new ApiError(410, 'Expired', 'too old') } },
  'ERROR 500': { kind: 'event', event: { type: 'ERROR', error: new ApiError(500, 'InternalError', 'etcd') } },
  'ERROR 504 behind': { kind: 'event', event: { type: 'ERROR', error: tooLarge } },
  end: { kind: 'end' },
  idle: { kind: 'idle' },
  'failed 410': { kind: 'failed', error: new ApiError(410, 'Gone', 'gone') },
  'failed 504 behind': { kind: 'failed', error: tooLarge },
  'failed 404': { kind: 'failed', error: new ApiError(404, 'NotFound', '404 page not found') },
  'failed 403': { kind: 'failed', error: new ApiError(403, 'Forbidden', 'no') },
  'failed 429': { kind: 'failed', error: new ApiError(429, 'TooManyRequests', 'slow') },
  'connection broken': { kind: 'failed', error: new TransportError('reset') },
} satisfies Record<string, WatchAnswer>

type S = keyof typeof states
type A = keyof typeof answers

const impossible = 'impossible' as const
/** outputs, next state, wait in ms at random 0, why */
type Row = readonly [outputs: string, next: string, wait: number, restart?: string]

const show = (state: WatchState): string => {
  const extra = [
    'resourceVersion' in state ? state.resourceVersion : undefined,
    'continue' in state ? state.continue : undefined,
    'notOlderThan' in state && state.notOlderThan ? `≥${state.notOlderThan}` : undefined,
    'unpaged' in state && state.unpaged ? 'unpaged' : undefined,
    'behind' in state && state.behind ? `behind${state.behind}` : undefined,
  ].filter((each) => each !== undefined)
  return `${state.kind}(${extra.join(' ')}) f${state.failures}`
}

const everyList: Partial<Record<A, typeof impossible>> = {
  started: impossible,
  ADDED: impossible,
  MODIFIED: impossible,
  DELETED: impossible,
  BOOKMARK: impossible,
  'BOOKMARK of nothing': impossible,
  'ERROR 410': impossible,
  'ERROR 500': impossible,
  'ERROR 504 behind': impossible,
  end: impossible,
  idle: impossible,
}
const noPage: Partial<Record<A, typeof impossible>> = {
  'last page': impossible,
  'a page of more': impossible,
  'a page without version': impossible,
  'a page of version 0': impossible,
  started: impossible,
}
const events = (f: number): Partial<Record<A, Row>> => ({
  ADDED: ['Apply a', `Watching(21) f${f}`, 0],
  MODIFIED: ['Apply a', `Watching(22) f${f}`, 0],
  DELETED: ['Delete a', `Watching(23) f${f}`, 0],
  BOOKMARK: ['Progress 24', `Watching(24) f${f}`, 0],
})

const table: Record<S, Record<A, Row | typeof impossible>> = {
  empty: {
    ...everyList,
    'last page': ['Init InitApply a InitApply b InitDone 12', 'Listed(12) f0', 0],
    'a page of more': ['Init InitApply a', 'Listing(next) f0', 0],
    'a page without version': ['', 'Empty() f1', 800, 'malformed'],
    'a page of version 0': ['', 'Empty() f1', 800, 'malformed'],
    'failed 410': ['', 'Empty() f1', 800, 'expired'],
    'failed 504 behind': ['', 'Empty(behind1) f0', 1_000, 'behind'],
    'failed 404': ['', 'Empty() f1', 800, 'absent'],
    'failed 403': ['', 'Empty() f1', 800, 'error'],
    'failed 429': ['', 'Empty() f1', 800, 'error'],
    'connection broken': ['', 'Empty() f1', 800, 'error'],
  } as Record<A, Row | typeof impossible>,
  'relisting from 7': {
    ...everyList,
    'last page': ['Init InitApply a InitApply b InitDone 12', 'Listed(12) f2', 0],
    'a page of more': ['Init InitApply a', 'Listing(next ≥7) f2', 0],
    'a page without version': ['', 'Empty(≥7) f3', 3_200, 'malformed'],
    'a page of version 0': ['', 'Empty(≥7) f3', 3_200, 'malformed'],
    'failed 410': ['', 'Empty() f3', 3_200, 'expired'],
    'failed 504 behind': ['', 'Empty(≥7 behind1) f2', 1_000, 'behind'],
    'failed 404': ['', 'Empty(≥7) f3', 3_200, 'absent'],
    'failed 403': ['', 'Empty(≥7) f3', 3_200, 'error'],
    'failed 429': ['', 'Empty(≥7) f3', 3_200, 'error'],
    'connection broken': ['', 'Empty(≥7) f3', 3_200, 'error'],
  } as Record<A, Row | typeof impossible>,
  'behind for the last time': {
    ...everyList,
    'last page': ['Init InitApply a InitApply b InitDone 12', 'Listed(12) f0', 0],
    'a page of more': ['Init InitApply a', 'Listing(next ≥7) f0', 0],
    'a page without version': ['', 'Empty(≥7) f1', 800, 'malformed'],
    'a page of version 0': ['', 'Empty(≥7) f1', 800, 'malformed'],
    'failed 410': ['', 'Empty() f1', 800, 'expired'],
    'failed 504 behind': ['', 'Empty() f0', 1_000, 'behind'],
    'failed 404': ['', 'Empty(≥7 behind10) f1', 800, 'absent'],
    'failed 403': ['', 'Empty(≥7 behind10) f1', 800, 'error'],
    'failed 429': ['', 'Empty(≥7 behind10) f1', 800, 'error'],
    'connection broken': ['', 'Empty(≥7 behind10) f1', 800, 'error'],
  } as Record<A, Row | typeof impossible>,
  'listing page 2': {
    ...everyList,
    'last page': ['InitApply a InitApply b InitDone 12', 'Listed(12) f0', 0],
    'a page of more': ['InitApply a', 'Listing(next ≥7) f0', 0],
    'a page without version': ['', 'Empty(≥7) f1', 800, 'malformed'],
    'a page of version 0': ['', 'Empty(≥7) f1', 800, 'malformed'],
    'failed 410': ['', 'Empty(≥7 unpaged) f1', 800, 'expired'],
    'failed 504 behind': ['', 'Empty(≥7 behind1) f0', 1_000, 'behind'],
    'failed 404': ['', 'Listing(token ≥7) f1', 800, 'absent'],
    'failed 403': ['', 'Listing(token ≥7) f1', 800, 'error'],
    'failed 429': ['', 'Listing(token ≥7) f1', 800, 'error'],
    'connection broken': ['', 'Listing(token ≥7) f1', 800, 'error'],
  } as Record<A, Row | typeof impossible>,
  listed: {
    ...everyList,
    ...noPage,
    started: ['', 'Watching(20) f1', 0],
    'failed 410': ['', 'Empty(≥20) f1', 0, 'expired'],
    'failed 504 behind': ['', 'Listed(20) f1', 1_000, 'behind'],
    'failed 404': ['', 'Empty(≥20) f2', 1_600, 'absent'],
    'failed 403': ['', 'Listed(20) f2', 1_600, 'error'],
    'failed 429': ['', 'Listed(20) f2', 1_600, 'error'],
    'connection broken': ['', 'Listed(20) f2', 1_600, 'error'],
  } as Record<A, Row | typeof impossible>,
  'watching, young': {
    ...noPage,
    ...events(1),
    'BOOKMARK of nothing': ['', 'Empty(≥20) f2', 1_600, 'malformed'],
    'ERROR 410': ['', 'Empty(≥20) f1', 0, 'expired'],
    'ERROR 500': ['', 'Listed(20) f2', 1_600, 'error'],
    'ERROR 504 behind': ['', 'Listed(20) f1', 1_000, 'behind'],
    end: ['', 'Listed(20) f2', 1_600, 'end'],
    idle: ['', 'Listed(20) f2', 1_600, 'idle'],
    'failed 410': ['', 'Empty(≥20) f1', 0, 'expired'],
    'failed 504 behind': ['', 'Listed(20) f1', 1_000, 'behind'],
    'failed 404': ['', 'Empty(≥20) f2', 1_600, 'absent'],
    'failed 403': ['', 'Listed(20) f2', 1_600, 'error'],
    'failed 429': ['', 'Listed(20) f2', 1_600, 'error'],
    'connection broken': ['', 'Listed(20) f2', 1_600, 'error'],
  } as Record<A, Row | typeof impossible>,
  'watching, busy': {
    ...noPage,
    ...events(1),
    'BOOKMARK of nothing': ['', 'Empty(≥20) f2', 1_600, 'malformed'],
    'ERROR 410': ['', 'Empty(≥20) f1', 0, 'expired'],
    'ERROR 500': ['', 'Listed(20) f2', 1_600, 'error'],
    'ERROR 504 behind': ['', 'Listed(20) f1', 1_000, 'behind'],
    end: ['', 'Listed(20) f1', 0, 'end'],
    idle: ['', 'Listed(20) f2', 1_600, 'idle'],
    'failed 410': ['', 'Empty(≥20) f1', 0, 'expired'],
    'failed 504 behind': ['', 'Listed(20) f1', 1_000, 'behind'],
    'failed 404': ['', 'Empty(≥20) f2', 1_600, 'absent'],
    'failed 403': ['', 'Listed(20) f2', 1_600, 'error'],
    'failed 429': ['', 'Listed(20) f2', 1_600, 'error'],
    'connection broken': ['', 'Listed(20) f2', 1_600, 'error'],
  } as Record<A, Row | typeof impossible>,
  'watching, healthy': {
    ...noPage,
    ...events(4),
    'BOOKMARK of nothing': ['', 'Empty(≥20) f1', 800, 'malformed'],
    'ERROR 410': ['', 'Empty(≥20) f0', 0, 'expired'],
    'ERROR 500': ['', 'Listed(20) f1', 800, 'error'],
    'ERROR 504 behind': ['', 'Listed(20) f0', 1_000, 'behind'],
    end: ['', 'Listed(20) f0', 0, 'end'],
    idle: ['', 'Listed(20) f1', 800, 'idle'],
    'failed 410': ['', 'Empty(≥20) f0', 0, 'expired'],
    'failed 504 behind': ['', 'Listed(20) f0', 1_000, 'behind'],
    'failed 404': ['', 'Empty(≥20) f1', 800, 'absent'],
    'failed 403': ['', 'Listed(20) f1', 800, 'error'],
    'failed 429': ['', 'Listed(20) f1', 800, 'error'],
    'connection broken': ['', 'Listed(20) f1', 800, 'error'],
  } as Record<A, Row | typeof impossible>,
  'watching, worn': {
    ...noPage,
    ...events(4),
    'BOOKMARK of nothing': ['', 'Empty(≥20) f5', 12_800, 'malformed'],
    'ERROR 410': ['', 'Empty(≥20) f4', 0, 'expired'],
    'ERROR 500': ['', 'Empty(≥20) f5', 12_800, 'error'],
    'ERROR 504 behind': ['', 'Listed(20) f4', 1_000, 'behind'],
    end: ['', 'Listed(20) f5', 12_800, 'end'],
    idle: ['', 'Listed(20) f5', 12_800, 'idle'],
    'failed 410': ['', 'Empty(≥20) f4', 0, 'expired'],
    'failed 504 behind': ['', 'Listed(20) f4', 1_000, 'behind'],
    'failed 404': ['', 'Empty(≥20) f5', 12_800, 'absent'],
    'failed 403': ['', 'Empty(≥20) f5', 12_800, 'error'],
    'failed 429': ['', 'Empty(≥20) f5', 12_800, 'error'],
    'connection broken': ['', 'Listed(20) f5', 12_800, 'error'],
  } as Record<A, Row | typeof impossible>,
}

const outputText = (outputs: ReturnType<typeof step>['outputs']): string =>
  outputs
    .map((output) =>
      'object' in output
        ? `${output.kind} ${output.object.metadata.name}`
        : 'resourceVersion' in output
          ? `${output.kind} ${output.resourceVersion}`
          : output.kind,
    )
    .join(' ')

describe.each(Object.keys(states) as S[])('%s', (stateName) => {
  test.each(Object.keys(answers) as A[])('%s', (answerName) => {
    const expected = table[stateName][answerName]
    expect(expected).toBeDefined()
    const take = () => step(states[stateName], answers[answerName], NOW, 0)
    if (expected === impossible) return expect(take).toThrow(TypeError)
    const { outputs, state, waitMs, restart } = take()
    expect([outputText(outputs), show(state), waitMs, restart]).toEqual([
      ...expected,
      ...(expected.length < 4 ? [undefined] : []),
    ])
  })
})

describe('the machine', () => {
  test('waits 0.8 s to 30 s, doubling, and up to as much again at random', () => {
    expect([0, 1, 2, 3, 4, 5, 6, 60].map((failures) => backoffMs(failures, 0))).toEqual([
      800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000, 30_000,
    ])
    expect(backoffMs(0, 0.5)).toBe(1_200)
    expect(backoffMs(5, 0.999)).toBe(30_000)
  })

  test('starts without a version: the newest state by quorum', () => {
    expect(initialWatchState).toEqual({ kind: 'Empty', failures: 0 })
  })
})
