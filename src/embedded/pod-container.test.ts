import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Container, Pod } from '../kube/pod.ts'
import { namesBellows } from './container-command.ts'
import { prepareContainer } from './pod-container.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'bellows-test-'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

const prepared = async (container: Partial<Container>, node = '/tmp/x/node_modules/node/bin/node') => {
  const volumes = new Map([
    ['scratch', join(directory, 'scratch')],
    ['rules', join(directory, 'rules')],
  ])
  for (const path of volumes.values()) mkdirSync(path)
  const spec: Container = {
    name: 'main',
    image: 'bellows:dev',
    args: [],
    volumeMounts: [
      { name: 'scratch', mountPath: '/tmp' },
      { name: 'rules', mountPath: '/tmp/rules' },
      { name: 'rules', mountPath: '/srv/rules' },
    ],
    ...container,
  }
  const pod: Pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', namespace: 'default' },
    spec: {
      containers: [spec],
      volumes: [
        { name: 'scratch', emptyDir: {} },
        { name: 'rules', configMap: { name: 'rules' } },
      ],
    },
  }
  const setting = {
    isBellowsImage: namesBellows,
    node,
    repositoryRoot: '/tmp/x',
    workingDirectory: undefined,
    environment: () => ({}),
    lookup: () => undefined,
  }
  return (await prepareContainer(pod, spec, join(directory, 'c'), 0, volumes, setting)).process
}

it('leaves paths of this machine below /tmp alone: node, the checkout, the data that a task names', async () => {
  const { argv, env } = await prepared({
    args: ['/opt/bellows/src/main/driver.ts', 'cat /tmp/mydata/people.csv'],
    env: [{ name: 'INPUT', value: '/tmp/mydata' }],
  })
  expect(argv).toEqual(['/tmp/x/node_modules/node/bin/node', '/tmp/x/src/main/driver.ts', 'cat /tmp/mydata/people.csv'])
  expect(env.INPUT).toBe('/tmp/mydata')
  expect(JSON.parse(env.BELLOWS_PATH_MAP!)).not.toHaveProperty('/tmp')
})

it('gives the empty directory at /tmp to programs as TMPDIR', async () => {
  expect((await prepared({})).env.TMPDIR).toBe(join(directory, 'scratch'))
})

it('maps other volumes, also those mounted below /tmp', async () => {
  const { argv, env } = await prepared({ args: ['/tmp/rules/a', '/srv/rules/b'] })
  expect(argv.slice(1)).toEqual([join(directory, 'rules/a'), join(directory, 'rules/b')])
  expect(JSON.parse(env.BELLOWS_PATH_MAP!)).toEqual({
    '/tmp/rules': join(directory, 'rules'),
    '/srv/rules': join(directory, 'rules'),
  })
})

it('never maps the node of this machine, whatever is mounted above it', async () => {
  const { argv } = await prepared({ args: ['/srv/rules/x'] }, '/srv/rules/bin/node')
  expect(argv).toEqual(['/srv/rules/bin/node', join(directory, 'rules/x')])
})
