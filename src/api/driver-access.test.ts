import { readFileSync } from 'node:fs'
import { loadAll } from 'js-yaml'
import { expect, test } from 'vitest'
import { DRIVER_RULES, driverAccess } from './driver-access.ts'

interface PolicyRule {
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
  readonly verbs: readonly string[]
}

test.each(['bundled', 'spark'] as const)('the role binds the account of the same namespace: %s', (engine) => {
  const [account, role, binding] = driverAccess('team-a', engine)
  expect(account.metadata).toEqual(role.metadata)
  expect(binding.subjects).toEqual([{ kind: 'ServiceAccount', name: account.metadata.name, namespace: 'team-a' }])
  expect(binding.roleRef.name).toBe(role.metadata.name)
})

const manifests = loadAll(readFileSync(new URL('../../deploy/operator.yaml', import.meta.url), 'utf8')) as {
  kind: string
  metadata: { name: string }
  rules?: PolicyRule[]
}[]
const clusterRules = manifests.find(({ kind }) => kind === 'ClusterRole')?.rules ?? []

test('the operator may hand on what a driver may do', () => {
  const holds = (group: string, resource: string, verb: string): boolean =>
    clusterRules.some(
      (rule) => rule.apiGroups.includes(group) && rule.resources.includes(resource) && rule.verbs.includes(verb),
    )
  for (const rule of [...DRIVER_RULES.bundled, ...DRIVER_RULES.spark])
    for (const group of rule.apiGroups)
      for (const resource of rule.resources)
        for (const verb of rule.verbs) expect(holds(group, resource, verb), `${verb} ${resource}`).toBe(true)
})

test('the operator has no wildcard, no list of Secrets and no way to raise itself', () => {
  expect(clusterRules.length).toBeGreaterThan(0)
  for (const rule of clusterRules) {
    expect([...rule.apiGroups, ...rule.resources, ...rule.verbs]).not.toContain('*')
    for (const verb of ['escalate', 'bind', 'impersonate']) expect(rule.verbs).not.toContain(verb)
    expect(rule.resources).not.toContain('pods/exec')
    if (rule.resources.includes('secrets')) expect(rule.verbs).not.toEqual(expect.arrayContaining(['list']))
    if (rule.resources.includes('secrets')) expect(rule.verbs).not.toEqual(expect.arrayContaining(['watch']))
  }
})
