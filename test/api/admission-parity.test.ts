import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { shapeOf } from '../../src/api/describe.ts'
import { KINDS } from '../../src/api/kinds.ts'
import { arbitraryOf } from '../../src/api/shape-arbitrary.fixture.ts'
import { admit } from '../../src/api/validate.ts'
import { ApiError } from '../../src/kube/errors.ts'
import { loadCredentials } from '../../src/kube/kubeconfig.ts'
import { Transport } from '../../src/kube/transport.ts'
import { kubeconfigPath, kubectl } from '../cluster/client.ts'

let transport: Transport

beforeAll(async () => {
  await kubectl(['apply', '-f', new URL('../../crds/', import.meta.url).pathname])
  await kubectl([
    'wait',
    '--for=condition=Established',
    '--timeout=60s',
    '-f',
    new URL('../../crds/', import.meta.url).pathname,
  ])
  transport = new Transport(await loadCredentials({ kubeconfig: kubeconfigPath() }))
})

afterAll(() => transport.close())

interface Stored {
  readonly spec: unknown
}

/** The API server's verdict, nothing kept. */
const ask = async (definition: (typeof KINDS)[number], object: unknown): Promise<Stored | ApiError> => {
  const { group, version, plural } = definition.type
  try {
    const answer = await transport.request({
      verb: 'create',
      resource: plural,
      path: `/apis/${group}/${version}/namespaces/default/${plural}?dryRun=All`,
      body: JSON.stringify(object),
    })
    return JSON.parse(answer) as Stored
  } catch (error) {
    if (error instanceof ApiError) return error
    throw error
  }
}

test.each(KINDS.map((definition) => [definition.type.kind, definition] as const))(
  '%s: the API server and embedded mode agree on arbitrary objects, and store the same',
  async (kind, definition) => {
    const { type, spec } = definition
    let stored = 0
    await fc.assert(
      fc.asyncProperty(arbitraryOf(shapeOf(spec), 2), async (value) => {
        const object = {
          apiVersion: `${type.group}/${type.version}`,
          kind,
          metadata: { name: 'any', namespace: 'default' },
          spec: value,
        }
        const ours = admit<Stored>(object)
        const theirs = await ask(definition, object)
        if (theirs instanceof ApiError) {
          expect(ours.ok, theirs.message).toBe(false)
        } else {
          expect(ours).toMatchObject({ ok: true })
          expect(ours.ok && isDeepStrictEqual(JSON.parse(JSON.stringify(ours.object.spec)), theirs.spec)).toBe(true)
          stored++
        }
      }),
      { numRuns: 400 },
    )
    expect(stored).toBeGreaterThan(0)
  },
)
