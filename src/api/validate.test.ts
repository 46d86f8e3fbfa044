import { readdirSync, readFileSync } from 'node:fs'
import { load } from 'js-yaml'
import { describe, expect, test } from 'vitest'
import { BAD_INPUTS, ODD_INPUTS } from './bad-inputs.fixture.ts'
import type { PipelineRun } from './pipeline-run.ts'
import type { SparkApplication } from './spark-application.ts'
import { admit, applyDefaults, validate } from './validate.ts'

const compat = new URL('../../examples/compat/', import.meta.url)
const manifests = readdirSync(compat).map((file) => [file, load(readFileSync(new URL(file, compat), 'utf8'))] as const)

describe('manifests that people have', () => {
  test('are of all four published types', () => {
    expect(manifests.length).toBeGreaterThanOrEqual(10)
    const types = manifests.map(([, manifest]) => (manifest as SparkApplication).spec.type)
    expect(new Set(types)).toEqual(new Set(['Java', 'Scala', 'Python', 'R']))
  })
  test.each(manifests)('%s is accepted and keeps every field', (_, manifest) => {
    expect(validate(manifest)).toEqual([])
    expect(applyDefaults(manifest)).toMatchObject(manifest as object)
  })
})

test.each(BAD_INPUTS.map((input) => [input.title, input] as const))(
  '%s is refused',
  (_, { object, field, message }) => {
    expect(validate(object)).toEqual([{ field, message }])
  },
)

test.each(ODD_INPUTS)('%s: accepted', (_, object) => {
  expect(validate(object)).toEqual([])
})

const app = (spec: object, status?: object) => ({
  apiVersion: 'sparkoperator.k8s.io/v1beta2',
  kind: 'SparkApplication',
  metadata: { name: 'app', labels: { a: 'b' } },
  spec: { type: 'SQL', program: 'select 1', ...spec },
  ...(status === undefined ? {} : { status }),
})

test('defaults are those of the published webhook', () => {
  expect(applyDefaults<SparkApplication>(app({})).spec).toEqual({
    type: 'SQL',
    program: 'select 1',
    mode: 'cluster',
    driver: {},
    executor: {},
    restartPolicy: {
      type: 'Never',
      onFailureRetryInterval: 5,
      onSubmissionFailureRetryInterval: 5,
    },
  })
})

test('defaults are not shared between objects', () => {
  const run = () =>
    applyDefaults<PipelineRun>({
      apiVersion: 'bellows.dev/v1alpha1',
      kind: 'PipelineRun',
      metadata: { name: 'run' },
      spec: { pipelineSpec: { tasks: [{ name: 'a', container: { image: 'i' } }] } },
    }).spec.pipelineSpec?.tasks[0]?.dependsOn
  expect(run()).toEqual([])
  expect(run()).not.toBe(run())
})

test('nulls count as absent, unknown fields are dropped, embedded objects are kept as they are', () => {
  const volumes = [{ name: 'v', csi: { driver: 'd', volumeAttributes: { a: null } } }]
  const { spec } = applyDefaults<SparkApplication>(
    app({ mode: null, image: null, driver: null, labels: { x: 'y' }, volumes }),
  )
  expect(spec).toMatchObject({ mode: 'cluster', driver: {}, volumes })
  expect(spec).not.toHaveProperty('image')
  expect(spec).not.toHaveProperty('labels')
})

test('metadata is left alone', () => {
  expect(applyDefaults(app({}))).toMatchObject({ metadata: { name: 'app', labels: { a: 'b' } } })
})

test('a name may be left to the server', () => {
  expect(validate({ ...app({}), metadata: { generateName: 'app-' } })).toEqual([])
  expect(validate({ ...app({}), metadata: {} })).toHaveLength(1)
})

describe('the leader epoch', () => {
  const at = (leaderEpoch?: number) => app({}, leaderEpoch === undefined ? {} : { leaderEpoch })
  const refusal = [{ field: 'status', message: 'written by a leader that has been replaced' }]

  test.each([
    [3, 3],
    [3, 4],
    [undefined, 1],
  ])('may go from %s to %s', (old, next) => expect(validate(at(next), at(old))).toEqual([]))

  test.each([
    [4, 3],
    [4, undefined],
  ])('may not go from %s to %s', (old, next) => expect(validate(at(next), at(old))).toEqual(refusal))
})

test('a status that somebody made up is refused', () => {
  expect(validate(app({}, { applicationState: { state: 'DONE' } }))).toMatchObject([
    { field: 'status.applicationState.state' },
  ])
  expect(validate(app({}, { applicationState: { state: '' } }))).toHaveLength(1)
})

test.each([null, 3, [], {}, { apiVersion: 'v1', kind: 'Pod' }])('%j is no object of ours', (object) => {
  expect(admit(object).ok).toBe(false)
})

test('names of prototypes are names like others', () => {
  const object = JSON.parse(
    '{"apiVersion":"sparkoperator.k8s.io/v1beta2","kind":"SparkApplication","metadata":{"name":"app"},"spec":{"type":"SQL","program":"x","sparkConf":{"constructor":"a","toString":"b"},"__proto__":{"suspend":true}}}',
  )
  const { spec } = applyDefaults<SparkApplication>(object)
  expect(spec.sparkConf).toEqual({ constructor: 'a', toString: 'b' })
  expect(spec.suspend).toBeUndefined()
})

describe('what a run runs does not change under it', () => {
  const tasks = [{ name: 'a', spark: { spec: { program: 'select 1' } } }]
  const run = (spec: object) =>
    applyDefaults({ apiVersion: 'bellows.dev/v1alpha1', kind: 'PipelineRun', metadata: { name: 'run' }, spec })
  const old = run({ pipelineSpec: { tasks }, params: { a: 'b' } })
  const edited = [{ name: 'a', spark: { spec: { program: 'select 2' } } }]

  test.each<[string, object, readonly string[]]>([
    ['the graph', { pipelineSpec: { tasks: edited }, params: { a: 'b' } }, ['pipelineSpec']],
    ['the parameters', { pipelineSpec: { tasks }, params: { a: 'c' } }, ['params']],
    ['no parameters any more', { pipelineSpec: { tasks } }, ['params']],
    ['a named Pipeline instead', { pipelineRef: { name: 'p' }, params: { a: 'b' } }, ['pipelineRef', 'pipelineSpec']],
  ])('%s is refused', (_, spec, fields) => {
    expect(validate(run(spec), old)).toEqual(
      fields.map((field) => ({ field: 'spec', message: `${field} cannot be changed: make a new run` })),
    )
  })

  test('suspend, cancel and timeToLiveSeconds may change', () => {
    const asked = { suspend: true, cancel: true, timeToLiveSeconds: 5 }
    expect(validate(run({ pipelineSpec: { tasks }, params: { a: 'b' }, ...asked }), old)).toEqual([])
  })
})
