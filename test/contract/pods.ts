import { expect, it } from 'vitest'
import { type KubeObject, ownerReference } from '../../src/kube/object.ts'
import type { ContainerStatus, Pod } from '../../src/kube/pod.ts'
import { ConfigMaps, Pods, Secrets } from '../../src/kube/resource-type.ts'
import {
  type ContractSetting,
  configMap,
  eventually,
  fresh,
  gone,
  linesOf,
  nodePod,
  outcome,
  refusalOf,
  restricted,
} from './setting.ts'

/** Pods from creation to their end, as a scheduler and a kubelet carry them. */
export const podCases = (setting: () => ContractSetting): void => {
  const start = (pod: Pod) => setting().cluster.create<Pod>(Pods, pod)
  const until = (pod: Pod, condition: (pod: Pod | undefined) => boolean) =>
    eventually<Pod>(setting().cluster, Pods, pod.metadata, condition)
  const ended = (pod: Pod) => until(pod, (live) => ['Succeeded', 'Failed'].includes(live?.status?.phase ?? ''))
  const running = (pod: Pod) => until(pod, (live) => live?.status?.phase === 'Running')
  const main = (pod: Pod | undefined): ContainerStatus | undefined => pod?.status?.containerStatuses?.[0]
  const conditions = (pod: Pod | undefined) =>
    Object.fromEntries((pod?.status?.conditions ?? []).map(({ type, status }) => [type, status]))
  const remove = (pod: Pod, gracePeriodSeconds?: number) =>
    setting().cluster.delete(Pods, pod.metadata, {
      uid: pod.metadata.uid ?? '',
      ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
    })
  const log = (pod: Pod, options = {}) => linesOf(setting().cluster.log(pod.metadata, options))

  it('runs a pod to Succeeded and keeps its log', async () => {
    const pod = await start(nodePod(setting(), fresh('succeeds'), 'console.log("one\\ntwo"); console.error("three")'))
    expect(pod.status?.phase).toBe('Pending')
    expect(pod.spec).toMatchObject({ terminationGracePeriodSeconds: 30, serviceAccountName: 'default' })
    const done = await ended(pod)
    expect(done?.status).toMatchObject({ phase: 'Succeeded', startTime: expect.stringMatching(/Z$/) })
    expect(done?.spec.nodeName).toBeTruthy()
    expect(main(done)).toMatchObject({
      name: 'main',
      ready: false,
      restartCount: 0,
      state: {
        terminated: { exitCode: 0, reason: 'Completed', startedAt: expect.any(String), finishedAt: expect.any(String) },
      },
    })
    expect(conditions(done)).toMatchObject({
      PodScheduled: 'True',
      Initialized: 'True',
      Ready: 'False',
      ContainersReady: 'False',
    })
    expect((await log(pod)).sort()).toEqual(['one', 'three', 'two'])
    expect(await log(pod, { container: 'main', tailLines: 1 })).toHaveLength(1)
    const byPhase = { namespace: setting().namespace, fieldSelector: 'status.phase=Succeeded' }
    const found = await setting().cluster.list(Pods, byPhase)
    expect(found.items.map((item) => item.metadata.name)).toContain(pod.metadata.name)
    await remove(pod)
    expect(await setting().cluster.get(Pods, pod.metadata)).toBeUndefined()
    expect((await refusalOf(log(pod))).status).toBe(404)
  })

  it('tells exit code and termination message of a pod that fails', async () => {
    const program = 'require("fs").writeFileSync("/dev/termination-log", "it went wrong"); process.exit(3)'
    const done = await ended(await start(nodePod(setting(), fresh('fails'), program)))
    expect(done?.status?.phase).toBe('Failed')
    expect(main(done)?.state?.terminated).toMatchObject({ exitCode: 3, reason: 'Error', message: 'it went wrong' })
  })

  it('falls back to the end of the log where that is asked', async () => {
    const program = 'for (let i = 1; i <= 100; i++) console.log("line " + i); process.exit(1)'
    const policy = { terminationMessagePolicy: 'FallbackToLogsOnError' } as const
    const done = await ended(await start(nodePod(setting(), fresh('fallback'), program, policy)))
    const message = main(done)?.state?.terminated?.message ?? ''
    expect(message.trim().split('\n')).toHaveLength(80)
    expect(message.trim().split('\n').at(-1)).toBe('line 100')
  })

  it('gives a program its environment and files', async () => {
    const { cluster, namespace } = setting()
    const secret = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: fresh('s'), namespace },
      stringData: { token: 'abc' },
    }
    await cluster.create<KubeObject>(Secrets, secret)
    const map = await cluster.create(
      ConfigMaps,
      configMap(namespace, fresh('c'), { greeting: 'hello', 'a.txt': 'file' }),
    )
    const program = `
      const { readFileSync, writeFileSync } = require('fs')
      writeFileSync('/scratch/made', 'written')
      console.log(JSON.stringify({
        env: ['TOKEN', 'GREETING', 'NAME', 'SPACE', 'LABEL', 'JOINED', 'LITERAL', 'MISSING', 'CPU', 'greeting', 'WHERE'].map((name) => process.env[name]),
        args: process.argv.slice(1),
        files: [readFileSync('/etc/secret/token', 'utf8'), readFileSync(process.env.WHERE + '/a.txt', 'utf8'), readFileSync('/scratch/made', 'utf8')],
      }))`
    const pod = nodePod(
      setting(),
      fresh('env'),
      program,
      {
        args: ['-e', program, '--', 'to $(GREETING)', '$$(GREETING)', '$(NONE)'],
        envFrom: [{ configMapRef: { name: map.metadata.name } }],
        env: [
          { name: 'TOKEN', valueFrom: { secretKeyRef: { name: secret.metadata.name, key: 'token' } } },
          { name: 'GREETING', valueFrom: { configMapKeyRef: { name: map.metadata.name, key: 'greeting' } } },
          { name: 'NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
          { name: 'SPACE', valueFrom: { fieldRef: { fieldPath: 'metadata.namespace' } } },
          { name: 'LABEL', valueFrom: { fieldRef: { fieldPath: "metadata.labels['tier']" } } },
          { name: 'JOINED', value: '$(GREETING) $(NAME) $(NONE)' },
          { name: 'LITERAL', value: '$$(GREETING)' },
          { name: 'MISSING', valueFrom: { secretKeyRef: { name: 'none', key: 'none', optional: true } } },
          { name: 'CPU', valueFrom: { resourceFieldRef: { resource: 'limits.cpu', divisor: '1m' } } },
          { name: 'WHERE', value: '/etc/map' },
        ],
        resources: { limits: { cpu: '500m' } },
        volumeMounts: [
          { name: 'secret', mountPath: '/etc/secret' },
          { name: 'map', mountPath: '/etc/map' },
          { name: 'scratch', mountPath: '/scratch' },
        ],
      },
      {
        volumes: [
          { name: 'secret', secret: { secretName: secret.metadata.name } },
          { name: 'map', configMap: { name: map.metadata.name } },
          { name: 'scratch', emptyDir: {} },
        ],
      },
    )
    const done = await ended(await start({ ...pod, metadata: { ...pod.metadata, labels: { tier: 'web' } } }))
    const lines = await log(pod)
    expect(done?.status?.phase, lines.join('\n')).toBe('Succeeded')
    const said = JSON.parse(lines[0] ?? '') as { env: string[]; args: string[]; files: string[] }
    const { name, namespace: space } = pod.metadata
    const { env, args, files } = said
    expect(env.slice(0, -1)).toEqual([
      'abc',
      'hello',
      name,
      space,
      'web',
      `hello ${name} $(NONE)`,
      '$(GREETING)',
      null,
      '500',
      'hello',
    ])
    expect(args).toEqual(['to hello', '$(GREETING)', '$(NONE)'])
    expect(files).toEqual(['abc', 'file', 'written'])
  })

  it('waits for a Secret that is missing, says so, and goes on when it comes', async () => {
    const { cluster, namespace } = setting()
    const name = fresh('late')
    const env = [{ name: 'TOKEN', valueFrom: { secretKeyRef: { name, key: 'token' } } }]
    const pod = await start(nodePod(setting(), fresh('waits'), 'console.log(process.env.TOKEN)', { env }))
    const waiting = await until(pod, (live) => main(live)?.state?.waiting?.reason === 'CreateContainerConfigError')
    expect(waiting?.status?.phase).toBe('Pending')
    expect(main(waiting)?.state?.waiting?.message).toBe(`secret "${name}" not found`)
    const refusal = await refusalOf(log(pod))
    expect(refusal.status).toBe(400)
    expect(refusal.message).toContain('is waiting to start: CreateContainerConfigError')
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, stringData: { token: 'abc' } }
    await cluster.create<KubeObject>(Secrets, secret)
    expect((await ended(pod))?.status?.phase).toBe('Succeeded')
    expect(await log(pod)).toEqual(['abc'])
  })

  it('runs init containers first, one after the other, and fails where one fails', async () => {
    const { image } = setting()
    const init = (name: string, program: string) => restricted({ name, image, args: ['-e', program] })
    const order = (name: string) => init(name, `require('fs').appendFileSync('/share/order', '${name} ')`)
    const share = [{ name: 'share', mountPath: '/share' }]
    const spec = {
      volumes: [{ name: 'share', emptyDir: {} }],
      initContainers: [order('first'), order('second')].map((each) => ({ ...each, volumeMounts: share })),
    }
    const program = 'console.log(require("fs").readFileSync("/share/order", "utf8"))'
    const good = await start(nodePod(setting(), fresh('init'), program, { volumeMounts: share }, spec))
    const bad = await start(
      nodePod(setting(), fresh('init'), program, {}, { initContainers: [init('broken', 'process.exit(2)')] }),
    )
    expect((await ended(good))?.status?.phase).toBe('Succeeded')
    expect(await log(good)).toEqual(['first second '])
    const failed = await ended(bad)
    expect(failed?.status?.phase).toBe('Failed')
    expect(failed?.status?.initContainerStatuses?.[0]?.state?.terminated).toMatchObject({
      exitCode: 2,
      reason: 'Error',
    })
    expect(main(failed)?.state?.waiting?.reason).toBe('PodInitializing')
    expect(conditions(failed)).toMatchObject({ Initialized: 'False' })
  })

  it('follows a log to its end', async () => {
    const program = 'let n = 0; const t = setInterval(() => { console.log(++n); if (n === 5) clearInterval(t) }, 100)'
    const pod = await start(nodePod(setting(), fresh('follow'), program))
    await until(pod, (live) => main(live)?.state?.waiting === undefined && main(live) !== undefined)
    expect(await log(pod, { follow: true })).toEqual(['1', '2', '3', '4', '5'])
  })

  it('lets a deleted pod end in its own time, then removes it', async () => {
    const program = `
      process.on('SIGTERM', () => { console.log('ending'); setTimeout(() => process.exit(0), 1000) })
      setInterval(() => {}, 1000)
      console.log('ready')`
    const pod = await start(nodePod(setting(), fresh('graceful'), program))
    const live = await running(pod)
    expect(conditions(live)).toMatchObject({ Ready: 'True', ContainersReady: 'True' })
    expect(live?.status?.podIP).toMatch(/^[0-9a-f.:]+$/)
    for await (const line of setting().cluster.log(pod.metadata, { follow: true })) if (line === 'ready') break
    await remove(pod, 20)
    const leaving = await setting().cluster.get<Pod>(Pods, pod.metadata)
    expect(leaving?.metadata).toMatchObject({ deletionGracePeriodSeconds: 20, deletionTimestamp: expect.any(String) })
    expect(leaving?.status?.phase).toBe('Running')
    await gone(setting().cluster, Pods, pod)
  })

  it('kills a deleted pod that does not end when its grace is over', async () => {
    const program = `process.on('SIGTERM', () => {}); setInterval(() => {}, 1000); console.log('ready')`
    const pod = await start(nodePod(setting(), fresh('stubborn'), program))
    await running(pod)
    for await (const line of setting().cluster.log(pod.metadata, { follow: true })) if (line === 'ready') break
    await remove(pod, 1)
    await gone(setting().cluster, Pods, pod)
    expect(await setting().cluster.get(Pods, pod.metadata)).toBeUndefined()
  })

  it('removes a pod at once by force', async () => {
    const pod = await start(nodePod(setting(), fresh('forced'), 'setInterval(() => {}, 1000)'))
    await running(pod)
    await remove(pod, 0)
    expect(await setting().cluster.get(Pods, pod.metadata)).toBeUndefined()
  })

  it('ends the pods of an owner that is deleted', async () => {
    const { cluster, namespace } = setting()
    const owner = await cluster.create(ConfigMaps, configMap(namespace, fresh('owner')))
    const pod = nodePod(
      setting(),
      fresh('owned'),
      'setInterval(() => {}, 1000)',
      {},
      { terminationGracePeriodSeconds: 1 },
    )
    const made = await start({ ...pod, metadata: { ...pod.metadata, ownerReferences: [ownerReference(owner)] } })
    await running(made)
    await cluster.delete(ConfigMaps, owner.metadata, { uid: owner.metadata.uid ?? '' })
    await gone(cluster, Pods, made)
  })

  it('kills what takes more memory than its limit, and says OOMKilled', async () => {
    const program = 'const all = []; setInterval(() => all.push(Buffer.alloc(32 * 1024 * 1024, 1)), 20)'
    const resources = { limits: { memory: '192Mi' }, requests: { memory: '64Mi' } }
    const done = await ended(await start(nodePod(setting(), fresh('hungry'), program, { resources })))
    expect(done?.status?.phase).toBe('Failed')
    expect(main(done)?.state?.terminated).toMatchObject({ exitCode: 137, reason: 'OOMKilled' })
  })

  it('ends a pod at its deadline', async () => {
    const spec = { activeDeadlineSeconds: 2, terminationGracePeriodSeconds: 1 }
    const done = await ended(
      await start(nodePod(setting(), fresh('deadline'), 'setInterval(() => {}, 1000)', {}, spec)),
    )
    expect(done?.status).toMatchObject({
      phase: 'Failed',
      reason: 'DeadlineExceeded',
      message: 'Pod was active on the node longer than the specified deadline',
    })
  })

  it('starts a failed container again where the restart policy says so', async () => {
    const program = `
      const { existsSync, writeFileSync } = require('fs')
      if (existsSync('/state/once')) process.exit(0)
      writeFileSync('/state/once', ''); process.exit(7)`
    const volumeMounts = [{ name: 'state', mountPath: '/state' }]
    const spec = { restartPolicy: 'OnFailure', volumes: [{ name: 'state', emptyDir: {} }] } as const
    const done = await ended(await start(nodePod(setting(), fresh('again'), program, { volumeMounts }, spec)))
    expect(done?.status?.phase).toBe('Succeeded')
    expect(main(done)).toMatchObject({ restartCount: 1, lastState: { terminated: { exitCode: 7, reason: 'Error' } } })
  })

  it('says why a command cannot start', async () => {
    const command = ['/no/such/program']
    const done = await ended(await start(nodePod(setting(), fresh('nocommand'), '', { command })))
    expect(done?.status?.phase).toBe('Failed')
    expect(main(done)?.state?.terminated).toMatchObject({ exitCode: 128, reason: 'StartError' })
    expect(main(done)?.state?.terminated?.message).toContain('/no/such/program')
  })

  it('refuses to change what a pod is', async () => {
    const { cluster } = setting()
    const pod = await start(nodePod(setting(), fresh('fixed'), ''))
    const patch = (spec: object) => outcome(cluster.mergePatch(Pods, pod.metadata, { spec }))
    expect(await patch({ hostname: 'other' })).toBe('422 Invalid')
    expect(await patch({ activeDeadlineSeconds: 100 })).toBe('ok')
    const labelled = await cluster.mergePatch(Pods, pod.metadata, { metadata: { labels: { a: 'b' } } })
    expect(labelled.metadata.labels).toMatchObject({ a: 'b' })
    await remove(pod, 0)
  })

  it('refuses the log of a container that is not there', async () => {
    const pod = await start(nodePod(setting(), fresh('nolog'), ''))
    await ended(pod)
    expect(await outcome(log(pod, { container: 'other' }))).toBe('400 BadRequest')
  })
}
