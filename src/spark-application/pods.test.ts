import { describe, expect, test } from 'vitest'
import type { SparkApplication } from '../api/spark-application.ts'
import type { Container, Pod, PodSpec } from '../kube/pod.ts'
import { driverPod } from './driver-pod.ts'
import { executorPodTemplate } from './executor-pod-template.ts'
import { driverSecret } from './secret.ts'
import { DEFAULT_SETTINGS } from './settings.ts'
import { type Situation, situationOf } from './situation.ts'

const NOW = Date.UTC(2026, 0, 1)

const situation = (spec: object, metadata: object = {}): Situation =>
  situationOf(
    {
      subject: {
        apiVersion: 'sparkoperator.k8s.io/v1beta2',
        kind: 'SparkApplication',
        metadata: { name: 'app', namespace: 'ns', uid: '12345678-aaaa', generation: 1, ...metadata },
        spec: { type: 'SQL', program: 'SELECT 1', driver: {}, executor: {}, ...spec },
      } as unknown as SparkApplication,
      drivers: [],
      executors: [],
      missingAccess: [],
      entropy: 'entropy',
    },
    NOW,
    DEFAULT_SETTINGS,
  )

const driver = (spec: object, metadata: object = {}): Pod => driverPod(situation(spec, metadata), 1)
const executor = (spec: object): PodSpec => executorPodTemplate(situation(spec), 1).spec
const mainOf = (spec: PodSpec): Container => spec.containers[0] as Container
const envOf = (spec: PodSpec, name: string) => mainOf(spec).env?.find((each) => each.name === name)

/** Source: Kubernetes Pod Security Standards, profile "restricted", as far as a pod spec can break it. */
const breaksRestricted = (spec: PodSpec): readonly string[] => {
  const pod = spec.securityContext as Record<string, unknown>
  const problems: string[] = []
  if (spec.hostNetwork === true) problems.push('hostNetwork')
  for (const container of [...spec.containers, ...(spec.initContainers ?? [])]) {
    const own = (container.securityContext ?? {}) as {
      allowPrivilegeEscalation?: boolean
      capabilities?: { drop?: readonly string[] }
      runAsNonRoot?: boolean
      runAsUser?: number
    }
    if (own.allowPrivilegeEscalation !== false) problems.push(`${container.name}: escalation`)
    if (!own.capabilities?.drop?.includes('ALL')) problems.push(`${container.name}: capabilities`)
    if ((own.runAsNonRoot ?? pod.runAsNonRoot) !== true) problems.push(`${container.name}: root`)
    if ((own.runAsUser ?? pod.runAsUser) === 0) problems.push(`${container.name}: uid 0`)
  }
  if ((pod.seccompProfile as { type?: string } | undefined)?.type !== 'RuntimeDefault') problems.push('seccomp')
  const allowed = [
    'emptyDir',
    'secret',
    'configMap',
    'persistentVolumeClaim',
    'projected',
    'downwardAPI',
    'csi',
    'ephemeral',
  ]
  for (const volume of spec.volumes ?? [])
    if (!allowed.some((kind) => kind in volume)) problems.push(`volume ${volume.name}`)
  return problems
}

const LOADED = {
  nodeSelector: { disk: 'ssd' },
  imagePullSecrets: ['registry'],
  imagePullPolicy: 'Always',
  volumes: [
    { name: 'data', persistentVolumeClaim: { claimName: 'data' } },
    { name: 'unused', persistentVolumeClaim: { claimName: 'unused' } },
    { name: 'side', emptyDir: {} },
  ],
  driver: {
    cores: 2,
    coreLimit: '3',
    memory: '2g',
    memoryOverhead: '512m',
    env: [
      { name: 'A', value: '1' },
      { name: 'BELLOWS_POD_UID', value: 'forged' },
    ],
    envVars: { B: '2' },
    envFrom: [{ configMapRef: { name: 'vars' } }],
    envSecretKeyRefs: { C: { name: 's', key: 'k' } },
    configMaps: [{ name: 'cm', path: '/cm' }],
    secrets: [{ name: 'gcp', path: '/gcp', secretType: 'GCPServiceAccount' }],
    volumeMounts: [{ name: 'data', mountPath: '/data' }],
    labels: { team: 'x', 'spark-role': 'forged' },
    annotations: { note: 'y' },
    affinity: { nodeAffinity: {} },
    tolerations: [{ key: 'k', operator: 'Exists' }],
    schedulerName: 'custom',
    priorityClassName: 'high',
    sidecars: [{ name: 'logs', image: 'logs', volumeMounts: [{ name: 'side', mountPath: '/side' }] }],
    initContainers: [{ name: 'fetch', image: 'fetch' }],
    dnsConfig: { nameservers: ['1.1.1.1'] },
    hostAliases: [{ ip: '10.0.0.1', hostnames: ['h'] }],
    shareProcessNamespace: true,
    terminationGracePeriodSeconds: 5,
    serviceAccount: 'mine',
    lifecycle: { preStop: { exec: { command: ['x'] } } },
    ports: [{ name: 'ui', protocol: 'TCP', containerPort: 4040 }],
  },
}

describe('the driver pod', () => {
  test('has the published names, labels and container, and the application as its owner', () => {
    const pod = driver({ sparkVersion: '4.0.0' }, { labels: { mine: 'yes', 'kueue.x-k8s.io/queue-name': 'q' } })
    expect(pod.metadata).toMatchObject({
      name: 'app-driver',
      namespace: 'ns',
      labels: {
        mine: 'yes',
        'sparkoperator.k8s.io/app-name': 'app',
        'sparkoperator.k8s.io/launched-by-spark-operator': 'true',
        'spark-role': 'driver',
        'spark-app-selector': 'app-1-12345678',
        'spark-app-name': 'app',
        'spark-version': '4.0.0',
        'bellows.dev/attempt': '1',
        'app.kubernetes.io/managed-by': 'bellows',
      },
      ownerReferences: [{ kind: 'SparkApplication', uid: '12345678-aaaa', controller: true }],
    })
    expect(pod.metadata.labels).not.toHaveProperty('kueue.x-k8s.io/queue-name')
    expect(mainOf(pod.spec)).toMatchObject({
      name: 'spark-kubernetes-driver',
      image: 'bellows:dev',
      args: ['/opt/bellows/src/main/driver.ts'],
      terminationMessagePolicy: 'FallbackToLogsOnError',
    })
    expect(pod.spec).toMatchObject({
      restartPolicy: 'Never',
      serviceAccountName: 'bellows-driver',
      automountServiceAccountToken: true,
      enableServiceLinks: false,
    })
  })

  test('asks for memory plus overhead, and for the CPU limit only where one is set', () => {
    expect(mainOf(driver({}).spec).resources).toEqual({
      requests: { cpu: '1', memory: '1408Mi' },
      limits: { memory: '1408Mi' },
    })
    expect(mainOf(driver(LOADED).spec).resources).toEqual({
      requests: { cpu: '2', memory: '2560Mi' },
      limits: { cpu: '3', memory: '2560Mi' },
    })
  })

  test('honours every field of the spec', () => {
    const { spec, metadata } = driver(LOADED)
    expect(spec).toMatchObject({
      nodeSelector: { disk: 'ssd' },
      imagePullSecrets: [{ name: 'registry' }],
      affinity: { nodeAffinity: {} },
      tolerations: [{ key: 'k', operator: 'Exists' }],
      schedulerName: 'custom',
      priorityClassName: 'high',
      dnsConfig: { nameservers: ['1.1.1.1'] },
      hostAliases: [{ ip: '10.0.0.1', hostnames: ['h'] }],
      shareProcessNamespace: true,
      terminationGracePeriodSeconds: 5,
      serviceAccountName: 'mine',
    })
    expect(spec.containers.map(({ name }) => name)).toEqual(['spark-kubernetes-driver', 'logs'])
    expect(spec.initContainers?.map(({ name }) => name)).toEqual(['fetch'])
    expect(spec.volumes?.map(({ name }) => name).sort()).toEqual([
      'bellows-conf',
      'bellows-tmp',
      'cm-configmap',
      'data',
      'gcp-secret',
      'side',
      'spark-local-dir-1',
    ])
    const main = mainOf(spec)
    expect(main).toMatchObject({
      imagePullPolicy: 'Always',
      envFrom: [{ configMapRef: { name: 'vars' } }],
      ports: [{ containerPort: 4040 }],
      lifecycle: { preStop: {} },
    })
    expect(envOf(spec, 'A')).toEqual({ name: 'A', value: '1' })
    expect(envOf(spec, 'B')).toEqual({ name: 'B', value: '2' })
    expect(envOf(spec, 'C')).toEqual({ name: 'C', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } })
    expect(envOf(spec, 'GOOGLE_APPLICATION_CREDENTIALS')).toEqual({
      name: 'GOOGLE_APPLICATION_CREDENTIALS',
      value: '/gcp/key.json',
    })
    expect(main.volumeMounts?.map(({ mountPath }) => mountPath)).toEqual([
      '/etc/bellows',
      '/tmp',
      '/var/data/spark',
      '/cm',
      '/gcp',
      '/data',
    ])
    expect(metadata.labels?.team).toBe('x')
    expect(metadata.annotations?.note).toBe('y')
  })

  test('lets nobody forge what the operator sets', () => {
    const { spec, metadata } = driver(LOADED)
    expect(metadata.labels?.['spark-role']).toBe('driver')
    expect(envOf(spec, 'BELLOWS_POD_UID')).toMatchObject({ valueFrom: { fieldRef: { fieldPath: 'metadata.uid' } } })
  })

  test('completes the container of that name in a template and keeps what else the template has', () => {
    const template = {
      metadata: { labels: { t: '1' } },
      spec: {
        schedulingGates: [{ name: 'kueue' }],
        restartPolicy: 'Always',
        nodeSelector: { a: 'b' },
        volumes: [{ name: 'v', emptyDir: {} }],
        containers: [
          { name: 'helper', image: 'h' },
          {
            name: 'spark-kubernetes-driver',
            image: 'from-template',
            env: [{ name: 'T', value: 't' }],
            resources: { limits: { 'example.com/dev': '1' } },
            volumeMounts: [{ name: 'v', mountPath: '/v' }],
          },
        ],
      },
    }
    const { spec, metadata } = driver({ driver: { template } })
    expect(metadata.labels?.t).toBe('1')
    expect(spec).toMatchObject({
      schedulingGates: [{ name: 'kueue' }],
      restartPolicy: 'Never',
      nodeSelector: { a: 'b' },
    })
    expect(spec.containers.map(({ name, image }) => `${name}=${image}`)).toEqual([
      'spark-kubernetes-driver=from-template',
      'helper=h',
    ])
    expect(mainOf(spec).resources?.limits).toEqual({ 'example.com/dev': '1', memory: '1408Mi' })
    expect(mainOf(spec).volumeMounts?.map(({ mountPath }) => mountPath)).toContain('/v')
    expect(envOf(spec, 'T')).toBeDefined()
  })

  test('spills to volumes spark-local-dir-… of the user where there are any', () => {
    const { spec } = driver({
      volumes: [{ name: 'spark-local-dir-fast', emptyDir: { medium: 'Memory' } }],
      driver: { volumeMounts: [{ name: 'spark-local-dir-fast', mountPath: '/fast' }] },
    })
    expect(envOf(spec, 'SPARK_LOCAL_DIRS')?.value).toBe('/fast')
    expect(spec.volumes?.map(({ name }) => name)).not.toContain('spark-local-dir-1')
  })

  test.each([
    ['a bare application', {}],
    ['an application with sidecars and init containers', LOADED],
  ])('satisfies Pod Security "restricted": %s', (_, spec) => {
    expect(breaksRestricted(driver(spec).spec)).toEqual([])
    expect(breaksRestricted(executor(spec))).toEqual([])
  })

  test('asks for root only where the user does', () => {
    const { spec } = driver({ driver: { podSecurityContext: { runAsUser: 0 } } })
    expect(spec.securityContext).toMatchObject({ runAsUser: 0 })
    expect(spec.securityContext).not.toHaveProperty('runAsNonRoot')
  })
})

describe('the executor pod template', () => {
  test('has no token of a service account, only the secret to prove itself, and its own role', () => {
    const template = executorPodTemplate(situation({ executor: { labels: { e: '1' } } }), 3)
    expect(template.metadata.labels).toMatchObject({ 'spark-role': 'executor', e: '1', 'bellows.dev/attempt': '3' })
    expect(template.spec.automountServiceAccountToken).toBe(false)
    expect(template.spec.volumes?.find(({ name }) => name === 'bellows-conf')?.secret).toEqual({
      secretName: 'app-3-driver',
      items: [{ key: 'token', path: 'token' }],
    })
    expect(mainOf(template.spec)).toMatchObject({
      name: 'spark-kubernetes-executor',
      args: ['/opt/bellows/src/main/executor.ts'],
    })
  })
})

test('the Secret of an attempt is immutable, owned, and holds token and application.json', () => {
  const secret = driverSecret(situation({ arguments: ['x'], sparkConf: { 'spark.a': 'b' } }), 2) as unknown as {
    metadata: { name: string }
    immutable: boolean
    data: Record<string, string>
  }
  expect(secret.metadata.name).toBe('app-2-driver')
  expect(secret.immutable).toBe(true)
  const text = (key: string) => Buffer.from(secret.data[key] ?? '', 'base64').toString()
  expect(text('token')).toBe('entropy')
  expect(JSON.parse(text('application.json'))).toMatchObject({
    type: 'SQL',
    name: 'app',
    id: 'app-2-12345678',
    program: 'SELECT 1',
    arguments: ['x'],
    sparkConf: { 'spark.a': 'b' },
  })
})

test('names longer than a label still differ and fit', () => {
  const long = 'a'.repeat(80)
  const one = driver({}, { name: `${long}1` })
  const two = driver({}, { name: `${long}2` })
  expect(one.metadata.name.length).toBeLessThanOrEqual(63)
  expect(one.metadata.name).not.toBe(two.metadata.name)
  for (const value of Object.values(one.metadata.labels ?? {})) expect(value.length).toBeLessThanOrEqual(63)
})
