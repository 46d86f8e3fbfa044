import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, afterEach, expect, it } from 'vitest'
import type { EmbeddedCluster } from '../../src/embedded/embedded-cluster.ts'
import { TransportError } from '../../src/kube/errors.ts'
import { Pods } from '../../src/kube/resource-type.ts'
import { firstLine, hasEnded, isAlive, podUntil, runPod, startCluster, waitFor } from './pods.ts'

const scratchParent = mkdtempSync(join(tmpdir(), 'embedded-test-'))
afterAll(() => rmSync(scratchParent, { recursive: true, force: true }))

let cluster: EmbeddedCluster | undefined
afterEach(async () => {
  await cluster?.close()
})
const start = (): EmbeddedCluster => {
  cluster = startCluster({ scratchParent })
  return cluster
}

const FOREVER = 'console.log(process.pid); setInterval(() => {}, 1000)'
/** Prints its own pid and that of a child of its own, both of which ignore SIGTERM. */
const STUBBORN_FAMILY = `
  process.on('SIGTERM', () => {})
  const child = require('child_process').spawn(process.execPath, ['-e', "process.on('SIGTERM', () => {}); console.log('x'); setInterval(() => {}, 1000)"], { stdio: ['ignore', 'pipe', 'ignore'] })
  child.stdout.once('data', () => console.log(process.pid + ' ' + child.pid))
  setInterval(() => {}, 1000)`

it('shows a process that somebody killed as terminated by signal 9', async () => {
  start()
  await runPod(cluster!, 'killed', FOREVER)
  process.kill(Number(await firstLine(cluster!, 'killed')), 'SIGKILL')
  const pod = await podUntil(cluster!, 'killed', hasEnded)
  expect(pod.status?.phase).toBe('Failed')
  expect(pod.status?.containerStatuses?.[0]?.state?.terminated).toMatchObject({ exitCode: 137, reason: 'Error' })
})

it('leaves no process and no file behind when it is closed', async () => {
  start()
  await runPod(cluster!, 'family', STUBBORN_FAMILY)
  const pids = (await firstLine(cluster!, 'family')).split(' ').map(Number)
  expect(pids.map(isAlive)).toEqual([true, true])
  const [scratch = ''] = readdirSync(scratchParent)
  expect(statSync(join(scratchParent, scratch)).mode & 0o777).toBe(0o700)
  await cluster!.close()
  expect(isAlive(pids[0] ?? 0)).toBe(false)
  await waitFor('the end of the child', () => !pids.some(isAlive))
  expect(readdirSync(scratchParent)).toEqual([])
  await expect(cluster!.get(Pods, { namespace: 'default', name: 'family' })).rejects.toThrow(TransportError)
})

it('starts nothing any more once it is closed', async () => {
  for (const turns of [0, 1, 2, 5, 20]) {
    start()
    await runPod(cluster!, 'late', FOREVER)
    for (let turn = 0; turn < turns; turn++) await new Promise((done) => setImmediate(done))
    await cluster!.close()
    await new Promise((done) => setImmediate(done))
    expect(readdirSync(scratchParent)).toEqual([])
  }
})

it('ends what a finished container leaves behind', async () => {
  start()
  const program = `
    const child = require('child_process').spawn('sleep', ['1000'], { stdio: 'ignore' })
    child.unref(); console.log(child.pid)`
  await runPod(cluster!, 'leaves', program)
  const pid = Number(await firstLine(cluster!, 'leaves'))
  await podUntil(cluster!, 'leaves', hasEnded)
  await waitFor('the end of the child', () => !isAlive(pid))
})

it('removes the files of a pod that is deleted', async () => {
  start()
  const pod = await runPod(cluster!, 'files', '')
  await podUntil(cluster!, 'files', hasEnded)
  const [scratch = ''] = readdirSync(scratchParent)
  expect(readdirSync(join(scratchParent, scratch))).toHaveLength(1)
  await cluster!.delete(Pods, pod.metadata, { uid: pod.metadata.uid ?? '' })
  await waitFor('the removal of the files', () => readdirSync(join(scratchParent, scratch)).length === 0)
})

it('takes processes and files with it when this process is killed with SIGKILL', async () => {
  const program = `
    const { startCluster, runPod, firstLine } = await import(${JSON.stringify(resolve(import.meta.dirname, 'pods.ts'))})
    const cluster = startCluster({ scratchParent: ${JSON.stringify(scratchParent)} })
    await runPod(cluster, 'orphan', ${JSON.stringify(STUBBORN_FAMILY)})
    console.log(await firstLine(cluster, 'orphan'))`
  const parent = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: parent.stdout })
  const line = await new Promise<string>((done, fail) => {
    lines.once('line', done)
    parent.once('exit', () => fail(new Error('the parent ended by itself')))
  })
  const pids = line.split(' ').map(Number)
  expect(pids.map(isAlive)).toEqual([true, true])
  parent.kill('SIGKILL')
  await waitFor('the end of the processes', () => !pids.some(isAlive))
  await waitFor('the removal of the files', () => readdirSync(scratchParent).length === 0)
})

it('lets pods with the same port in their environment live side by side', async () => {
  start()
  const program = `
    const server = require('net').createServer().listen(Number(process.env.PORT), '127.0.0.1', () => console.log(server.address().port))`
  const env = [{ name: 'PORT', value: '0' }]
  const ports = [{ containerPort: 7078, name: 'rpc' }]
  await Promise.all(['one', 'two'].map((name) => runPod(cluster!, name, program, { env, ports })))
  const chosen = await Promise.all(['one', 'two'].map((name) => firstLine(cluster!, name)))
  expect(new Set(chosen).size).toBe(2)
})
