import { readdirSync, readFileSync } from 'node:fs'
import { load } from 'js-yaml'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { BAD_INPUTS, ODD_INPUTS } from '../../src/api/bad-inputs.fixture.ts'
import { KINDS } from '../../src/api/kinds.ts'
import { applyDefaults } from '../../src/api/validate.ts'
import { getJson, kubectl, tryKubectl } from '../cluster/client.ts'

const namespace = `admission-${process.pid}-${Date.now().toString(36)}`
const repository = new URL('../../', import.meta.url)
const compat = new URL('examples/compat/', repository)
const manifests = readdirSync(compat).map((file) => [file, load(readFileSync(new URL(file, compat), 'utf8'))] as const)

const crdNames = KINDS.map(({ type }) => `crd/${type.plural}.${type.group}`)

beforeAll(async () => {
  await kubectl(['apply', '-f', new URL('crds/', repository).pathname])
  await kubectl(['wait', '--for=condition=Established', '--timeout=60s', ...crdNames])
  await kubectl(['create', 'namespace', namespace])
  await kubectl(['label', 'namespace', namespace, 'pod-security.kubernetes.io/warn=restricted'])
})

afterAll(async () => {
  await kubectl(['delete', 'namespace', namespace, '--wait=false'])
})

/** The object as the API server would store it; its own words where it would not. */
const dryRun = (object: unknown, verb: 'create' | 'apply' = 'create', validation = 'ignore') =>
  tryKubectl([verb, '--dry-run=server', `--validate=${validation}`, '-o', 'json', '-f', '-'], {
    namespace,
    input: JSON.stringify(object),
  })

test('the API server finds nothing wrong with the kinds', async () => {
  for (const name of crdNames) {
    const crd = await getJson<{ status: { conditions: { type: string; status: string; message: string }[] } }>([name])
    const conditions = new Map(crd?.status.conditions.map(({ type, status }) => [type, status]))
    expect(conditions.get('Established'), name).toBe('True')
    expect(conditions.get('NonStructuralSchema'), name).toBeUndefined()
  }
})

describe('manifests that people have', () => {
  test.each(manifests)('%s applies as it is, with the defaults that embedded mode takes', async (_, manifest) => {
    const { code, stdout, stderr } = await dryRun(manifest, 'apply', 'strict')
    expect(stderr).toBe('')
    expect(code).toBe(0)
    expect(JSON.parse(stdout).spec).toEqual(applyDefaults<{ spec: unknown }>(manifest).spec)
  })
})

test.each(ODD_INPUTS)('%s: accepted, and stored as embedded mode does', async (_, object) => {
  const { code, stdout, stderr } = await dryRun(object)
  expect(stderr).toBe('')
  expect(code).toBe(0)
  expect(JSON.parse(stdout).spec).toEqual(applyDefaults<{ spec: unknown }>(object).spec)
})

test.each(BAD_INPUTS.map((input) => [input.title, input] as const))(
  '%s is refused with the sentence',
  async (_, { object, field, message }) => {
    const { code, stderr } = await dryRun(object)
    expect(code).not.toBe(0)
    const said = stderr.split('\n').find((line) => line.includes(`${field}: `) && line.endsWith(message))
    expect(said, stderr).toBeDefined()
  },
)

test('a misspelt field is refused by strict validation', async () => {
  const object = {
    apiVersion: 'bellows.dev/v1alpha1',
    kind: 'PipelineRun',
    metadata: { name: 'misspelt' },
    spec: { pipelineRef: { name: 'a' }, parms: {} },
  }
  const { code, stderr } = await dryRun(object, 'create', 'strict')
  expect(code).not.toBe(0)
  expect(stderr).toContain('unknown field "spec.parms"')
})

test.each([
  {
    apiVersion: 'sparkoperator.k8s.io/v1beta2',
    kind: 'SparkApplication',
    metadata: { name: 'fenced' },
    spec: { type: 'SQL', program: 'select 1', suspend: true },
  },
  {
    apiVersion: 'bellows.dev/v1alpha1',
    kind: 'PipelineRun',
    metadata: { name: 'fenced' },
    spec: { pipelineRef: { name: 'none' }, suspend: true },
  },
])('a leader of an older epoch cannot write the status of a $kind', async (object) => {
  await kubectl(['create', '-f', '-'], { namespace, input: JSON.stringify(object) })
  // Above any epoch that a running operator may have.
  const write = (status: object) =>
    tryKubectl(
      ['patch', object.kind, 'fenced', '--subresource=status', '--type=merge', '-p', JSON.stringify({ status })],
      {
        namespace,
      },
    )
  expect(await write({ leaderEpoch: 1_000_000 })).toMatchObject({ code: 0 })
  expect(await write({ leaderEpoch: 1_000_000, conditions: [] })).toMatchObject({ code: 0 })
  for (const status of [{ leaderEpoch: 999_999 }, { leaderEpoch: null }]) {
    const { code, stderr } = await write(status)
    expect(code).not.toBe(0)
    expect(stderr).toContain('written by a leader that has been replaced')
  }
  expect(await write({ leaderEpoch: 1_000_001 })).toMatchObject({ code: 0 })
})

test('a status that somebody made up is refused', async () => {
  const object = {
    apiVersion: 'sparkoperator.k8s.io/v1beta2',
    kind: 'SparkApplication',
    metadata: { name: 'made-up' },
    spec: { type: 'SQL', program: 'select 1', suspend: true },
  }
  await kubectl(['create', '-f', '-'], { namespace, input: JSON.stringify(object) })
  const status = { applicationState: { state: 'DONE' } }
  const { code, stderr } = await tryKubectl(
    ['patch', 'sparkapplication', 'made-up', '--subresource=status', '--type=merge', '-p', JSON.stringify({ status })],
    { namespace },
  )
  expect(code).not.toBe(0)
  expect(stderr).toContain('status.applicationState.state')
})

test("the operator's manifest is accepted, and its pod is a restricted one", async () => {
  const { code, stderr } = await tryKubectl(['apply', '--dry-run=server', '--validate=strict', '-f', '-'], {
    // The namespace of a dry run does not exist for what comes after it; ours warns of pods that are not restricted.
    input: readFileSync(new URL('deploy/operator.yaml', repository), 'utf8').replaceAll('bellows-system', namespace),
  })
  expect(stderr).not.toContain('would violate PodSecurity')
  expect(stderr).not.toContain('Error')
  expect(code).toBe(0)
})
