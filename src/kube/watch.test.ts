import { describe, expect, test } from 'vitest'
import type { Cluster, ListOptions, ListPage, WatchEvent, WatchOptions } from './cluster.ts'
import { ApiError, TransportError } from './errors.ts'
import { Informer } from './informer.ts'
import type { KubeObject } from './object.ts'
import { ConfigMaps } from './resource-type.ts'
import { ManualClock } from './testing/manual-clock.ts'
import { configMap } from './testing/objects.ts'
import { watchObjects, watchTimeoutSeconds } from './watch.ts'
import type { WatchOutput } from './watch-state.ts'

/** `undefined` is a watch that says nothing until it is ended. */
type Script = (ListPage | Error | AsyncIterable<WatchEvent> | undefined)[]

/** Answers the n-th question with the n-th line of the script and notes what was asked. */
const scripted = (script: Script): { cluster: Cluster; asked: string[] } => {
  const asked: string[] = []
  const part: Pick<Cluster, 'list' | 'watch'> = {
    list: async (_type, { signal: _, ...options }: ListOptions = {}) => {
      asked.push(`list ${JSON.stringify(options)}`)
      const answer = script.shift()
      if (answer instanceof Error) throw answer
      return answer as never
    },
    watch: async function* (_type, options: WatchOptions) {
      asked.push(`watch ${options.resourceVersion} for ${options.timeoutSeconds} s`)
      const answer = script.shift()
      if (answer instanceof Error) throw answer
      if (answer === undefined) yield* silence(options.signal)
      else yield* answer as AsyncIterable<never>
    },
  }
  return { cluster: part as Cluster, asked }
}

const silence = async function* (signal?: AbortSignal): AsyncGenerator<never> {
  await new Promise<void>((resolve) => {
    if (signal?.aborted) resolve()
    signal?.addEventListener('abort', () => resolve())
  })
}

const events = async function* (...all: readonly (WatchEvent | Error)[]): AsyncGenerator<WatchEvent> {
  for (const each of all) {
    if (each instanceof Error) throw each
    yield each
  }
}

const at = (name: string, version: string): KubeObject => configMap(name, { resourceVersion: version })
const page = (version: string, ...items: readonly KubeObject[]): ListPage => ({ items, resourceVersion: version })
const added = (name: string, version: string): WatchEvent => ({ type: 'ADDED', object: at(name, version) })

const run = async (
  script: Script,
  ms: number,
): Promise<{ asked: string[]; outputs: string[]; restarts: string[]; relists: number; running: boolean }> => {
  const { cluster, asked } = scripted(script)
  const clock = new ManualClock()
  const outputs: string[] = []
  const restarts: string[] = []
  let relists = 0
  let running = true
  const stop = new AbortController()
  const watching = watchObjects(
    ConfigMaps,
    { namespace: 'default' },
    { cluster, clock, random: () => 0, onRestart: (reason) => restarts.push(reason), onRelist: () => relists++ },
    (output: WatchOutput) =>
      outputs.push('object' in output ? `${output.kind} ${output.object.metadata.name}` : output.kind),
    stop.signal,
  ).then(() => {
    running = false
  })
  await clock.run(ms)
  const result = { asked: [...asked], outputs: [...outputs], restarts: [...restarts], relists, running }
  stop.abort()
  await watching
  expect(running).toBe(false)
  return result
}

describe('the runner', () => {
  test('lists by page by quorum, then watches from the list', async () => {
    const { asked, outputs } = await run(
      [{ ...page('10', at('a', '1')), continue: 'more' }, page('10', at('b', '2')), events(added('c', '11'))],
      0,
    )
    expect(asked).toEqual([
      'list {"namespace":"default","limit":500}',
      'list {"namespace":"default","limit":500,"continue":"more"}',
      'watch 10 for 290 s',
      'watch 11 for 290 s',
    ])
    expect(outputs).toEqual(['Init', 'InitApply a', 'InitApply b', 'InitDone', 'Apply c'])
  })

  test('goes on after a cut from the last event, and lists anew, not older, after 410', async () => {
    const { asked, outputs, restarts, relists } = await run(
      [
        page('10'),
        events(added('a', '11'), new TransportError('cut')),
        events({ type: 'ERROR', error: new ApiError(410, 'Expired', 'too old') }),
        page('20', at('a', '11')),
      ],
      1_000,
    )
    expect(asked).toEqual([
      'list {"namespace":"default","limit":500}',
      'watch 10 for 290 s',
      'watch 11 for 290 s',
      'list {"namespace":"default","limit":500,"resourceVersion":"11","resourceVersionMatch":"NotOlderThan"}',
      'watch 20 for 290 s',
    ])
    expect(outputs).toEqual(['Init', 'InitDone', 'Apply a', 'Init', 'InitApply a', 'InitDone'])
    expect([restarts, relists]).toEqual([['error', 'expired'], 1])
  })

  test('takes a watch for dead that is silent for longer than it may last', async () => {
    const { asked, restarts, running } = await run([page('10')], 290_000 + 5_000 + 800)
    expect(restarts).toEqual(['idle'])
    expect(asked.filter((question) => question.startsWith('watch'))).toHaveLength(2)
    expect(running).toBe(true)
  })

  test('waits between failures, longer each time', async () => {
    const no = new ApiError(403, 'Forbidden', 'no')
    expect((await run([no, no, no, no], 799)).asked).toHaveLength(1)
    expect((await run([no, no, no, no], 800)).asked).toHaveLength(2)
    expect((await run([no, no, no, no], 2_399)).asked).toHaveLength(2)
    expect((await run([no, no, no, no], 2_400)).asked).toHaveLength(3)
  })

  test('asks for 290 to 590 seconds', () => {
    expect([watchTimeoutSeconds(0), watchTimeoutSeconds(0.5), watchTimeoutSeconds(0.999_999)]).toEqual([290, 440, 590])
  })
})

describe('an informer', () => {
  const informer = (script: Script, more = {}): { informer: Informer; clock: ManualClock; told: string[] } => {
    const clock = new ManualClock()
    const told: string[] = []
    const metrics = {
      watchEvent: (...all: unknown[]) => told.push(['event', ...all].join(' ')),
      watchRestarted: (resource: string, reason: string) => told.push(`restart ${resource} ${reason}`),
      relisted: (resource: string) => told.push(`relist ${resource}`),
      diverged: (resource: string, count: number) => told.push(`diverged ${resource} ${count}`),
      listenerFailed: (resource: string) => told.push(`listener ${resource}`),
    }
    const { cluster } = scripted(script)
    return {
      informer: new Informer({ cluster, type: ConfigMaps, clock, random: () => 0, metrics, ...more }),
      clock,
      told,
    }
  }

  test('is synced after the first list, tells changes, and keeps no managedFields', async () => {
    const managed = configMap('a', { resourceVersion: '1', managedFields: [{ manager: 'x' }] })
    const { informer: it, clock, told } = informer([page('10', managed), events(added('b', '11'))])
    const changes: string[] = []
    it.onChange(() => {
      throw new Error('a defect')
    })
    it.onChange(({ type, object }) => changes.push(`${type} ${object.metadata.name}`))
    const stop = new AbortController()
    const running = it.run(stop.signal)
    expect(it.synced).toBe(false)
    await it.whenSynced()
    await clock.run(0)
    expect(changes).toEqual(['Added a', 'Added b'])
    expect(it.get({ namespace: 'default', name: 'a' })?.metadata).not.toHaveProperty('managedFields')
    expect([it.size, it.resourceVersion]).toEqual([2, '11'])
    expect(told).toEqual([
      'listener configmaps',
      'event configmaps Apply',
      'listener configmaps',
      'restart configmaps end',
    ])
    stop.abort()
    await running
  })

  test('in check mode fails where the server had something else at the same version', async () => {
    const {
      informer: it,
      clock,
      told,
    } = informer([page('10', at('a', '1')), undefined, page('10', at('a', '2'))], { checkEveryMs: 1_000 })
    const running = it.run(new AbortController().signal).then(
      () => 'ended',
      (error: unknown) => error,
    )
    await clock.run(1_000)
    expect(await running).toMatchObject({ name: 'CacheDivergence', keys: ['default/a'] })
    expect(told).toEqual(['diverged configmaps 1'])
  })

  test('in check mode is content with equal states, and with a server that forgot', async () => {
    const gone = new ApiError(410, 'Expired', 'too old')
    const {
      informer: it,
      clock,
      told,
    } = informer([page('10', at('a', '1')), undefined, page('10', at('a', '1')), gone], { checkEveryMs: 1_000 })
    const stop = new AbortController()
    const running = it.run(stop.signal)
    await clock.run(2_000)
    expect(told).toEqual(['diverged configmaps 0'])
    stop.abort()
    await running
  })
})
