import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { EmbeddedCluster } from '../../src/embedded/embedded-cluster.ts'
import type { KubeObject } from '../../src/kube/object.ts'
import { Pods, Secrets } from '../../src/kube/resource-type.ts'
import { linesOf } from '../contract/setting.ts'
import { eventOf, firstLine, hasEnded, podUntil, runPod, startCluster } from './pods.ts'

/** Where local processes stand in for what only a cluster has: images, mounts, cgroups. */
let cluster: EmbeddedCluster
beforeEach(() => {
  cluster = startCluster()
})
afterEach(() => cluster.close())

const waiting =
  (reason: string) =>
  (pod: {
    readonly status?: {
      readonly containerStatuses?: readonly { readonly state?: { readonly waiting?: { readonly reason?: string } } }[]
    }
  }) =>
    pod.status?.containerStatuses?.[0]?.state?.waiting?.reason === reason

it('runs the command of a foreign image as a process, and warns of it', async () => {
  await runPod(cluster, 'foreign', '', {
    image: 'busybox:1',
    command: ['sh', '-c'],
    args: ['echo "$0 $HOME"; exit 4', 'hello'],
  })
  const pod = await podUntil(cluster, 'foreign', hasEnded)
  expect(pod.status?.containerStatuses?.[0]?.state?.terminated?.exitCode).toBe(4)
  expect(await eventOf(cluster, 'NoContainerRuntime')).toMatchObject({
    type: 'Warning',
    note: expect.stringContaining('busybox:1'),
    regarding: { kind: 'Pod', name: 'foreign' },
  })
})

it('says that it cannot pull a foreign image without a command', async () => {
  await runPod(cluster, 'pull', '', { image: 'busybox:1', args: ['x'] })
  const pod = await podUntil(cluster, 'pull', waiting('ErrImagePull'))
  expect(pod.status?.phase).toBe('Pending')
  expect(pod.status?.containerStatuses?.[0]?.state?.waiting?.message).toContain('cannot run image "busybox:1"')
  await cluster.delete(Pods, pod.metadata, { uid: pod.metadata.uid ?? '' })
})

it('maps the files of its own image to this checkout', async () => {
  await runPod(cluster, 'own', 'console.log(process.env.ROOT)', {
    env: [{ name: 'ROOT', value: '/opt/bellows/package.json' }],
  })
  expect(await firstLine(cluster, 'own')).toBe(resolve(import.meta.dirname, '../../package.json'))
})

it('keeps a pod Pending while a volume is missing, then goes on', async () => {
  const spec = { volumes: [{ name: 'secret', secret: { secretName: 'late' } }] }
  const volumeMounts = [{ name: 'secret', mountPath: '/etc/late' }]
  await runPod(
    cluster,
    'volume',
    'console.log(require("fs").readFileSync("/etc/late/key", "utf8"))',
    { volumeMounts },
    spec,
  )
  expect(await eventOf(cluster, 'FailedMount')).toMatchObject({
    note: expect.stringContaining('secret "late" not found'),
  })
  const pod = await podUntil(cluster, 'volume', waiting('ContainerCreating'))
  expect(pod.status?.phase).toBe('Pending')
  const metadata = { name: 'late', namespace: 'default' }
  await cluster.create<KubeObject>(Secrets, { apiVersion: 'v1', kind: 'Secret', metadata, stringData: { key: 'here' } })
  await podUntil(cluster, 'volume', hasEnded)
  expect(await linesOf(cluster.log({ namespace: 'default', name: 'volume' }))).toEqual(['here'])
})

it('says which volumes it cannot have', async () => {
  const spec = { volumes: [{ name: 'claim', persistentVolumeClaim: { claimName: 'x' } }] }
  await runPod(cluster, 'claim', '', {}, spec)
  expect(await eventOf(cluster, 'FailedMount')).toMatchObject({
    note: expect.stringContaining('persistentVolumeClaim are not available in embedded mode'),
  })
})

it('reads and writes hostPath volumes in place, subPath included', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'host-path-'))
  try {
    writeFileSync(join(directory, 'in'), 'text')
    const spec = { volumes: [{ name: 'host', hostPath: { path: directory } }] }
    const volumeMounts = [
      { name: 'host', mountPath: '/host' },
      { name: 'host', mountPath: '/only', subPath: 'sub' },
    ]
    const program = `
      const { readFileSync, writeFileSync } = require('fs')
      writeFileSync('/only/out', readFileSync('/host/in', 'utf8') + '!')`
    await runPod(cluster, 'host', program, { volumeMounts }, spec)
    expect((await podUntil(cluster, 'host', hasEnded)).status?.phase).toBe('Succeeded')
    expect(readFileSync(join(directory, 'sub', 'out'), 'utf8')).toBe('text!')
  } finally {
    rmSync(directory, { recursive: true })
  }
})

it('tells programs where their termination log lies', async () => {
  const program = 'require("fs").writeFileSync(process.env.BELLOWS_TERMINATION_LOG, "said"); process.exit(1)'
  await runPod(cluster, 'said', program)
  const pod = await podUntil(cluster, 'said', hasEnded)
  expect(pod.status?.containerStatuses?.[0]?.state?.terminated?.message).toBe('said')
})

it('gives programs nothing of the environment of this process', async () => {
  process.env.BELLOWS_TEST_SECRET = 'secret'
  try {
    await runPod(cluster, 'clean', 'console.log(String(process.env.BELLOWS_TEST_SECRET), process.env.HOSTNAME)')
    expect(await firstLine(cluster, 'clean')).toBe('undefined clean')
  } finally {
    delete process.env.BELLOWS_TEST_SECRET
  }
})

it('counts the memory of the whole process tree', async () => {
  const hungry = 'const all = []; setInterval(() => all.push(Buffer.alloc(16e6, 1)), 20)'
  const program = `
    require('child_process').spawn(process.execPath, ['-e', ${JSON.stringify(hungry)}], { stdio: 'ignore' })
    setInterval(() => {}, 1000)`
  await runPod(cluster, 'tree', program, { resources: { limits: { memory: '256Mi' } } })
  const pod = await podUntil(cluster, 'tree', hasEnded)
  expect(pod.status?.containerStatuses?.[0]?.state?.terminated).toMatchObject({ exitCode: 137, reason: 'OOMKilled' })
})

it('waits between crashes, and says CrashLoopBackOff', async () => {
  await runPod(cluster, 'loop', 'process.exit(1)', {}, { restartPolicy: 'Always' })
  const pod = await podUntil(cluster, 'loop', waiting('CrashLoopBackOff'))
  expect(pod.status?.phase).toBe('Running')
  expect(pod.status?.containerStatuses?.[0]).toMatchObject({
    ready: false,
    state: {
      waiting: { message: expect.stringMatching(/^back-off .* restarting failed container=main pod=loop_default/) },
    },
    lastState: { terminated: { exitCode: 1, reason: 'Error' } },
  })
  const later = await podUntil(cluster, 'loop', (live) => (live.status?.containerStatuses?.[0]?.restartCount ?? 0) >= 3)
  expect(later.status?.phase).toBe('Running')
})

it('refuses sidecars with a sentence', async () => {
  const initContainers = [{ name: 'side', image: 'bellows:test', restartPolicy: 'Always' }]
  await runPod(cluster, 'sidecar', '', {}, { initContainers })
  expect(await eventOf(cluster, 'Failed')).toMatchObject({ note: expect.stringContaining('does not run sidecars') })
})

it('runs several containers of one pod, and demands a name for their logs', async () => {
  const container = (name: string) => ({ name, image: 'bellows:test', args: ['-e', `console.log('${name}')`] })
  await runPod(cluster, 'several', '', {}, { containers: [container('a'), container('b')] })
  expect((await podUntil(cluster, 'several', hasEnded)).status?.phase).toBe('Succeeded')
  const key = { namespace: 'default', name: 'several' }
  expect(await linesOf(cluster.log(key, { container: 'b' }))).toEqual(['b'])
  await expect(linesOf(cluster.log(key))).rejects.toThrow(
    'a container name must be specified for pod several, choose one of: [a b]',
  )
})
