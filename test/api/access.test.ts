import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { dump, loadAll } from 'js-yaml'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { driverAccess } from '../../src/api/driver-access.ts'
import { kubectl, tryKubectl } from '../cluster/client.ts'

/** The operator's rights under a name of their own, so that an operator of this cluster is left alone. */
const name = `access-${process.pid}-${Date.now().toString(36)}`
const rights = loadAll(
  readFileSync(new URL('../../deploy/operator.yaml', import.meta.url), 'utf8')
    .replaceAll('bellows-system', name)
    .replaceAll('bellows-operator', name),
).filter((object) => (object as { kind: string }).kind !== 'Deployment')
const yaml = rights.map((object) => dump(object)).join('---\n')

const operator = `--as=system:serviceaccount:${name}:${name}`
const driver = `--as=system:serviceaccount:${name}:bellows-driver`

beforeAll(async () => {
  // Without its kind kubectl does not know the group of sparkapplications.
  await kubectl(['apply', '-f', fileURLToPath(new URL('../../crds', import.meta.url))])
  await kubectl(['apply', '-f', '-'], { input: yaml })
})

afterAll(async () => {
  await kubectl(['delete', '--wait=false', '-f', '-'], { input: yaml })
})

test('the operator may make what a driver needs in a namespace, and nothing that reaches further', async () => {
  for (const object of [...driverAccess(name, 'bundled'), ...driverAccess(name, 'spark')]) {
    await kubectl(['create', operator, '-f', '-'], { input: JSON.stringify(object) })
  }
  const [, role] = driverAccess(name, 'bundled')
  const wider = {
    ...role,
    metadata: { name: 'wider', namespace: name },
    rules: [{ apiGroups: [''], resources: ['pods/exec'], verbs: ['create'] }],
  }
  const { code, stderr } = await tryKubectl(['create', operator, '-f', '-'], { input: JSON.stringify(wider) })
  expect(code).not.toBe(0)
  expect(stderr).toContain('attempting to grant RBAC permissions not currently held')
})

/** `resource` may be one below another: pods/exec. */
const may = async (who: string, verb: string, resource: string): Promise<boolean> => {
  const [kind = '', below] = resource.split('/')
  const words = ['auth', 'can-i', verb, kind, ...(below === undefined ? [] : [`--subresource=${below}`]), who]
  const { stdout } = await tryKubectl(words, { namespace: name })
  return stdout.trim() === 'yes'
}

test.each([
  ['get', 'secrets', true],
  ['list', 'secrets', false],
  ['watch', 'secrets', false],
  ['update', 'sparkapplications.sparkoperator.k8s.io/status', true],
  ['update', 'sparkapplications.sparkoperator.k8s.io', false],
  ['create', 'pods/exec', false],
  ['update', 'leases.coordination.k8s.io', true],
  ['bind', 'roles.rbac.authorization.k8s.io', false],
])('operator: %s %s → %s', async (verb, resource, expected) => {
  expect(await may(operator, verb, resource)).toBe(expected)
})

test.each([
  ['create', 'pods', true],
  ['delete', 'pods', true],
  ['get', 'secrets', false],
  ['create', 'pods/exec', false],
  ['update', 'sparkapplications.sparkoperator.k8s.io/status', false],
])('driver: %s %s → %s', async (verb, resource, expected) => {
  expect(await may(driver, verb, resource)).toBe(expected)
})
