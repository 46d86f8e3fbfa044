import { describe, expect, test } from 'vitest'
import { made, render } from './rendering.fixture.ts'

const mainOf = (pod: { spec: { containers: readonly object[] } }) =>
  pod.spec.containers[0] as {
    args?: readonly string[]
    env: readonly { name: string; value?: string; valueFrom?: object }[]
    resources: { limits: Record<string, unknown>; requests: Record<string, unknown> }
    volumeMounts: readonly { name: string; mountPath: string }[]
    ports: readonly { name: string; containerPort: number }[]
  }
const envOf = (pod: Parameters<typeof mainOf>[0], name: string) => mainOf(pod).env.find((each) => each.name === name)

describe('the driver pod', () => {
  test('is what the entry point of published images expects', () => {
    const { driver } = render({ arguments: ['a b', ''], proxyUser: 'analyst' })
    expect(driver.metadata).toMatchObject({
      name: 'app-driver',
      labels: {
        'spark-role': 'driver',
        'spark-app-selector': 'app-1-12345678',
        'spark-app-name': 'app',
        'spark-version': '4.1.1',
        'sparkoperator.k8s.io/app-name': 'app',
      },
      ownerReferences: [{ kind: 'SparkApplication', controller: true }],
    })
    expect(mainOf(driver)).toMatchObject({
      name: 'spark-kubernetes-driver',
      image: 'spark:4.1.1',
      args: [
        'driver',
        '--proxy-user',
        'analyst',
        '--conf',
        'spark.driver.host=$(SPARK_DRIVER_BIND_ADDRESS)',
        '--properties-file',
        '/opt/spark/conf/spark.properties',
        '--class',
        'org.apache.spark.deploy.PythonRunner',
        'local:///app/main.py',
        'a b',
        '',
      ],
      terminationMessagePolicy: 'FallbackToLogsOnError',
    })
    expect(mainOf(driver).ports).toEqual([
      { name: 'driver-rpc-port', protocol: 'TCP', containerPort: 7078 },
      { name: 'blockmanager', protocol: 'TCP', containerPort: 7079 },
      { name: 'spark-ui', protocol: 'TCP', containerPort: 4040 },
      { name: 'spark-connect', protocol: 'TCP', containerPort: 15002 },
    ])
    for (const name of ['SPARK_USER', 'SPARK_APPLICATION_ID', 'SPARK_LOCAL_DIRS', 'SPARK_CONF_DIR'])
      expect(envOf(driver, name)?.value, name).toBeTruthy()
    expect(envOf(driver, 'SPARK_DRIVER_BIND_ADDRESS')?.valueFrom).toEqual({ fieldRef: { fieldPath: 'status.podIP' } })
    expect(mainOf(driver).volumeMounts.map(({ mountPath }) => mountPath)).toEqual([
      '/opt/spark/conf',
      '/opt/spark/pod-template',
      '/etc/bellows',
      '/var/data/spark',
    ])
    expect(driver.spec).toMatchObject({
      restartPolicy: 'Never',
      serviceAccountName: 'bellows-spark-driver',
      automountServiceAccountToken: true,
      enableServiceLinks: false,
      securityContext: { runAsNonRoot: true, runAsUser: 185, fsGroup: 185, seccompProfile: { type: 'RuntimeDefault' } },
    })
  })

  test.each([
    ['Scala', { mainClass: 'a.Main' }, ['--class', 'a.Main', 'local:///app/main.py']],
    ['Java', {}, ['/opt/spark/conf/spark.properties', 'local:///app/main.py']],
    ['R', {}, ['--class', 'org.apache.spark.deploy.RRunner', 'local:///app/main.py']],
  ])('names the main class of type %s', (type, more, end) => {
    expect(mainOf(render({ type, ...more }).driver).args?.slice(-end.length)).toEqual(end)
  })

  test('is told by sparkConf what has no field, and the field stands before it', () => {
    const { driver } = render({
      image: undefined,
      sparkConf: {
        'spark.kubernetes.container.image': 'from-conf:{{SPARK_VERSION}}',
        'spark.kubernetes.driver.label.team': 'conf',
        'spark.kubernetes.driver.annotation.note': 'conf',
        'spark.kubernetes.driverEnv.A': 'conf',
        'spark.kubernetes.driver.secretKeyRef.PASSWORD': 'db:password',
        'spark.kubernetes.driver.secrets.keys': '/mnt/keys',
        'spark.kubernetes.node.selector.disk': 'ssd',
        'spark.kubernetes.driver.pod.name': 'my-driver',
        'spark.kubernetes.authenticate.driver.serviceAccountName': 'mine',
        'spark.kubernetes.driver.scheduler.name': 'packing',
        'spark.kubernetes.driver.volumes.persistentVolumeClaim.data.mount.path': '/data',
        'spark.kubernetes.driver.volumes.persistentVolumeClaim.data.mount.readOnly': 'true',
        'spark.kubernetes.driver.volumes.persistentVolumeClaim.data.options.claimName': 'books',
        'spark.driver.resource.gpu.amount': '2',
        'spark.driver.resource.gpu.vendor': 'nvidia.com',
        'spark.ui.port': '4045',
      },
      driver: { labels: { team: 'field' } },
    })
    expect(driver.metadata).toMatchObject({
      name: 'my-driver',
      labels: { team: 'field' },
      annotations: { note: 'conf' },
    })
    expect(driver.spec).toMatchObject({
      nodeSelector: { disk: 'ssd' },
      serviceAccountName: 'mine',
      schedulerName: 'packing',
    })
    expect(mainOf(driver)).toMatchObject({ image: 'from-conf:4.1.1' })
    expect(mainOf(driver).resources.limits['nvidia.com/gpu']).toBe('2')
    expect(mainOf(driver).ports).toContainEqual({ name: 'spark-ui', protocol: 'TCP', containerPort: 4045 })
    expect(envOf(driver, 'PASSWORD')?.valueFrom).toEqual({ secretKeyRef: { name: 'db', key: 'password' } })
    expect(mainOf(driver).volumeMounts).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ name: 'data', mountPath: '/data', readOnly: true }),
        expect.objectContaining({ mountPath: '/mnt/keys' }),
      ]),
    )
    expect(driver.spec.volumes).toContainEqual({ name: 'data', persistentVolumeClaim: { claimName: 'books' } })
  })

  test('spills where spark.local.dir says, in memory where that is wanted', () => {
    const { driver, executor } = render({
      sparkConf: { 'spark.local.dir': '/a,/b', 'spark.kubernetes.local.dirs.tmpfs': 'true' },
    })
    expect(envOf(driver, 'SPARK_LOCAL_DIRS')?.value).toBe('/a,/b')
    expect(driver.spec.volumes).toContainEqual({ name: 'spark-local-dir-2', emptyDir: { medium: 'Memory' } })
    // Executors find them by the names of the volumes.
    expect(mainOf(executor).volumeMounts).toContainEqual({ name: 'spark-local-dir-2', mountPath: '/b' })
    expect(envOf(executor, 'SPARK_LOCAL_DIRS')).toBeUndefined()
  })
})

describe('spark.properties', () => {
  test('has what the driver needs to make executors', () => {
    expect(render({ executor: { instances: 3, cores: 2, memory: '2g', coreLimit: '3' } }, 7).properties).toMatchObject({
      'spark.master': 'k8s://https://kubernetes.default.svc',
      'spark.app.id': 'app-7-12345678',
      'spark.app.name': 'app',
      'spark.kubernetes.namespace': 'ns',
      'spark.kubernetes.driver.pod.name': 'app-driver',
      'spark.kubernetes.submitInDriver': 'true',
      'spark.kubernetes.resource.type': 'python',
      'spark.kubernetes.executor.podNamePrefix': 'app-7',
      'spark.kubernetes.executor.container.image': 'spark:4.1.1',
      'spark.kubernetes.executor.podTemplateFile': '/opt/spark/pod-template/pod-spec-template.yml',
      'spark.kubernetes.executor.podTemplateContainerName': 'spark-kubernetes-executor',
      'spark.kubernetes.executor.limit.cores': '3',
      'spark.executor.instances': '3',
      'spark.executor.cores': '2',
      'spark.executor.memory': '2048m',
      'spark.executor.memoryOverhead': '820m',
    })
  })

  test('puts sparkConf before our defaults, fields before sparkConf, and laws before all', () => {
    const { properties } = render({
      sparkConf: {
        'spark.kubernetes.driver.annotateExitException': 'false',
        'spark.executor.memory': '9g',
        'spark.app.id': 'mine',
        'spark.sql.shuffle.partitions': '64',
      },
      hadoopConf: { 'fs.s3a.endpoint': 'https://s3.example.com' },
      deps: { jars: ['a.jar', 'b.jar'], packages: ['g:a:1'] },
      executor: { memory: '1g' },
    })
    expect(properties).toMatchObject({
      'spark.kubernetes.driver.annotateExitException': 'false',
      'spark.executor.memory': '1024m',
      'spark.app.id': 'app-1-12345678',
      'spark.sql.shuffle.partitions': '64',
      'spark.hadoop.fs.s3a.endpoint': 'https://s3.example.com',
      'spark.jars': 'a.jar,b.jar',
      'spark.jars.packages': 'g:a:1',
      'spark.jars.ivy': '/tmp/.ivy2',
    })
  })

  test("names the application's own jar, which executors load, too", () => {
    const jvm = { type: 'Java', mainApplicationFile: 'local:///app/main.jar' }
    expect(render(jvm).properties['spark.jars']).toBe('local:///app/main.jar')
    expect(render({ ...jvm, deps: { jars: ['a.jar'] } }).properties['spark.jars']).toBe('a.jar,local:///app/main.jar')
    const conf = { ...jvm, sparkConf: { 'spark.jars': 'b.jar' } }
    expect(render(conf).properties['spark.jars']).toBe('b.jar,local:///app/main.jar')
    expect(render({}).properties).not.toHaveProperty(['spark.jars'])
  })

  test('dynamic allocation tracks shuffles and gives no fixed number', () => {
    for (const spec of [
      { dynamicAllocation: { enabled: true, minExecutors: 1 } },
      { sparkConf: { 'spark.dynamicAllocation.enabled': 'true' } },
    ]) {
      const { properties } = render(spec)
      expect(properties['spark.dynamicAllocation.enabled']).toBe('true')
      expect(properties['spark.dynamicAllocation.shuffleTracking.enabled']).toBe('true')
      expect(properties).not.toHaveProperty(['spark.executor.instances'])
    }
  })

  test('the limit of an executor moves its request: Spark has one amount for both', () => {
    const { properties } = render({ executor: { memory: '1g', memoryLimit: '3g' } })
    expect(properties['spark.executor.memoryOverhead']).toBe('2048m')
  })
})

describe('authentication', () => {
  test('is on, and its secret stands in no pod and no property', () => {
    const { driver, executor, properties, files } = render({})
    expect(properties).toMatchObject({
      'spark.authenticate': 'true',
      'spark.authenticate.secret.file': '/etc/bellows/token',
    })
    expect(envOf(executor, '_SPARK_AUTH_SECRET')?.valueFrom).toEqual({
      secretKeyRef: { name: 'app-1-driver', key: 'spark-token' },
    })
    expect(JSON.stringify([driver, executor, files['spark.properties']])).not.toContain('entropy')
    // What Spark makes of the driver's file is what the executor is given.
    expect(files['spark-token']).toBe(Buffer.from(files.token ?? '').toString('base64'))
  })

  test.each([
    ['off', { 'spark.authenticate': 'false' }],
    ['with a secret of the user', { 'spark.authenticate.secret': 'x' }],
  ])('can be switched: %s', (_, sparkConf) => {
    const { driver, executor, properties } = render({ sparkConf })
    expect(properties).not.toHaveProperty(['spark.authenticate.secret.file'])
    expect(envOf(executor, '_SPARK_AUTH_SECRET')).toBeUndefined()
    expect(mainOf(driver).volumeMounts.map(({ mountPath }) => mountPath)).not.toContain('/etc/bellows')
  })
})

describe('the executor template', () => {
  test('carries what properties cannot say', () => {
    const { executor } = render({
      sparkConfigMap: 'conf',
      hadoopConfigMap: 'hadoop',
      executor: {
        labels: { team: 'x' },
        annotations: { note: 'y' },
        gpu: { name: 'nvidia.com/gpu', quantity: 2 },
        sidecars: [{ name: 'logs', image: 'logs' }],
        initContainers: [{ name: 'fetch', image: 'fetch' }],
        tolerations: [{ key: 'spot', operator: 'Exists' }],
      },
    })
    expect(executor.metadata).toMatchObject({
      labels: { team: 'x', 'spark-role': 'executor' },
      annotations: { note: 'y' },
    })
    expect(executor.spec).toMatchObject({
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      tolerations: [{ key: 'spot', operator: 'Exists' }],
      initContainers: [{ name: 'fetch' }],
    })
    expect(executor.spec.containers.map(({ name }) => name)).toEqual(['spark-kubernetes-executor', 'logs'])
    expect(mainOf(executor).resources.limits['nvidia.com/gpu']).toBe(2)
    expect(envOf(executor, 'HADOOP_CONF_DIR')?.value).toBe('/etc/hadoop/conf')
    // Spark points executors at its own directory.
    expect(mainOf(executor).volumeMounts.map(({ mountPath }) => mountPath)).toEqual(
      expect.arrayContaining(['/opt/spark/conf', '/etc/spark/conf', '/etc/hadoop/conf']),
    )
    expect(mainOf(executor)).not.toHaveProperty('args')
  })
})

describe('the headless Service', () => {
  test('is made only where something is said about it', () => {
    expect(render({}).kinds).toEqual(['Secret', 'Pod'])
    const { kinds, service, driver, properties } = render({ driver: { serviceLabels: { app: 'connect' } } })
    expect(kinds).toEqual(['Secret', 'Service', 'Pod'])
    expect(service).toMatchObject({
      metadata: {
        name: 'app-1-driver-svc',
        labels: { app: 'connect' },
        ownerReferences: [{ kind: 'SparkApplication' }],
      },
      spec: { clusterIP: 'None', selector: { 'spark-app-selector': 'app-1-12345678', 'spark-role': 'driver' } },
    })
    for (const [key, value] of Object.entries(service.spec.selector)) expect(driver.metadata.labels?.[key]).toBe(value)
    expect(properties['spark.driver.host']).toBe('app-1-driver-svc.ns.svc')
    expect(mainOf(driver).args).not.toContain('--conf')
  })
})

describe('monitoring', () => {
  const both = { exposeDriverMetrics: true, exposeExecutorMetrics: true }

  test("needs nothing in the image: Spark's own endpoints, with annotations for scraping", () => {
    const { driver, executor, properties } = render({ monitoring: both, sparkConf: { 'spark.ui.port': '4045' } })
    expect(properties).toMatchObject({
      'spark.ui.prometheus.enabled': 'true',
      'spark.metrics.conf.*.sink.prometheusServlet.class': 'org.apache.spark.metrics.sink.PrometheusServlet',
      'spark.metrics.namespace': 'ns.app',
    })
    expect(driver.metadata.annotations).toMatchObject({
      'prometheus.io/scrape': 'true',
      'prometheus.io/port': '4045',
      'prometheus.io/path': '/metrics/prometheus',
    })
    expect(executor.metadata.annotations).toEqual({})
    const onlyExecutors = render({ monitoring: { ...both, exposeDriverMetrics: false } })
    expect(onlyExecutors.driver.metadata.annotations?.['prometheus.io/path']).toBe('/metrics/executors/prometheus')
  })

  test('runs the JMX exporter of the image where one is named', () => {
    const prometheus = { jmxExporterJar: '/jmx.jar', port: 8090, portName: 'jmx-exporter', configuration: 'rules: []' }
    const { driver, executor, properties, files } = render({
      monitoring: { ...both, prometheus },
      sparkConf: { 'spark.driver.extraJavaOptions': '-Xss2m' },
    })
    const agent = '-javaagent:/jmx.jar=8090:/etc/metrics/conf/prometheus.yaml'
    expect(properties).toMatchObject({
      'spark.driver.extraJavaOptions': `-Xss2m ${agent}`,
      'spark.executor.extraJavaOptions': agent,
      'spark.metrics.conf': '/etc/metrics/conf/metrics.properties',
    })
    expect(files).toMatchObject({
      'prometheus.yaml': 'rules: []',
      'metrics.properties': expect.stringContaining('Jmx'),
    })
    for (const pod of [driver, executor]) {
      expect(pod.metadata.annotations).toMatchObject({ 'prometheus.io/port': '8090', 'prometheus.io/path': '/metrics' })
      expect(mainOf(pod).ports).toContainEqual({ name: 'jmx-exporter', containerPort: 8090, protocol: 'TCP' })
      expect(mainOf(pod).volumeMounts.map(({ mountPath }) => mountPath)).toContain('/etc/metrics/conf')
    }
  })

  test('takes the metrics.properties of the user, as text or as a file of the image', () => {
    const text = render({ monitoring: { ...both, metricsProperties: 'a=b' } })
    expect(text.files['metrics.properties']).toBe('a=b')
    expect(text.properties['spark.metrics.conf']).toBe('/etc/metrics/conf/metrics.properties')
    const file = render({ monitoring: { ...both, metricsPropertiesFile: '/opt/m.properties' } })
    expect(file.properties['spark.metrics.conf']).toBe('/opt/m.properties')
    expect(file.files).not.toHaveProperty(['metrics.properties'])
  })
})

test.each([
  ['no image', { image: undefined }, 'set spec.image'],
  [
    'a claim that only executors can have',
    {
      sparkConf: {
        'spark.kubernetes.driver.volumes.persistentVolumeClaim.d.mount.path': '/d',
        'spark.kubernetes.driver.volumes.persistentVolumeClaim.d.options.claimName': 'OnDemand',
      },
    },
    'ephemeral claim',
  ],
  [
    'an unknown type of volume',
    { sparkConf: { 'spark.kubernetes.driver.volumes.floppy.d.mount.path': '/d' } },
    'no volume type floppy',
  ],
])('is refused with a sentence: %s', (_, spec, words) => {
  expect(made(spec)).toEqual({ kind: 'refused', message: expect.stringContaining(words) })
})

const objectOf = (spec: object, kind: string, name: string) =>
  render(spec).objects.find((object) => object.kind === kind && object.metadata.name === name)

describe('what is beside the driver', () => {
  test('a Service of the web page, for the driver of whatever attempt', () => {
    const spec = { sparkUIOptions: { servicePort: 80, serviceAnnotations: { a: 'b' } } }
    const service = objectOf(spec, 'Service', 'app-ui-svc')
    expect(service).toMatchObject({
      metadata: { annotations: { a: 'b' }, ownerReferences: [{ kind: 'SparkApplication' }] },
      spec: {
        type: 'ClusterIP',
        selector: { 'sparkoperator.k8s.io/app-name': 'app', 'spark-role': 'driver' },
        ports: [{ name: 'spark-driver-ui-port', port: 80, targetPort: 4040 }],
      },
    })
    const { driver } = render(spec, 4)
    for (const [key, value] of Object.entries(service.spec.selector)) expect(driver.metadata.labels?.[key]).toBe(value)
    const again = render(spec, 4).objects.find(({ metadata }) => metadata.name === 'app-ui-svc')
    expect(again).toEqual(service)
  })

  test.each([
    ['{{$appName}}.{{$appNamespace}}.example.com', 'app.ns.example.com', { path: '/', pathType: 'Prefix' }, {}],
    [
      'https://example.com/{{$appNamespace}}/{{$appName}}/',
      'example.com',
      { path: '/ns/app(/|$)(.*)', pathType: 'ImplementationSpecific' },
      { 'nginx.ingress.kubernetes.io/rewrite-target': '/$2' },
    ],
  ])('a Service and an Ingress of a port of the driver: %s', (ingressURLFormat, host, path, annotations) => {
    const spec = { driverIngressOptions: [{ servicePort: 15002, servicePortName: 'connect', ingressURLFormat }] }
    expect(objectOf(spec, 'Service', 'app-driver-15002')).toMatchObject({ spec: { ports: [{ port: 15002 }] } })
    expect(objectOf(spec, 'Ingress', 'app-ing-15002')).toMatchObject({
      metadata: { annotations },
      spec: {
        rules: [
          {
            host,
            http: { paths: [{ ...path, backend: { service: { name: 'app-driver-15002', port: { number: 15002 } } } }] },
          },
        ],
      },
    })
  })

  test('a budget for the driver, where it is asked for', () => {
    expect(objectOf({ driverPodDisruptionBudget: true }, 'PodDisruptionBudget', 'app-driver-pdb')).toMatchObject({
      spec: { minAvailable: 1, selector: { matchLabels: { 'spark-role': 'driver' } } },
    })
    expect(render({ driverPodDisruptionBudget: false }).kinds).toEqual(['Secret', 'Pod'])
  })
})

describe('batch schedulers', () => {
  const batch = (batchScheduler: string) => ({
    batchScheduler,
    batchSchedulerOptions: { queue: 'nightly', priorityClassName: 'routine' },
    driver: { memory: '512m' },
    executor: { instances: 3, cores: 2, memory: '1g' },
  })

  test('Volcano gets a group of the driver and one of all executors, which counts them', () => {
    const spec = batch('volcano')
    expect(objectOf(spec, 'PodGroup', 'spark-app-pg')).toMatchObject({
      apiVersion: 'scheduling.volcano.sh/v1beta1',
      spec: { minMember: 1, queue: 'nightly', priorityClassName: 'routine' },
    })
    expect(objectOf(spec, 'PodGroup', 'spark-app-exec-pg').spec).toMatchObject({
      minMember: 3,
      minResources: { cpu: '6000m', memory: '4302Mi' },
    })
    const { driver, executor, kinds } = render(spec)
    expect(kinds.at(-1)).toBe('Pod')
    for (const pod of [driver, executor])
      expect(pod.spec).toMatchObject({ schedulerName: 'volcano', priorityClassName: 'routine' })
    expect(driver.metadata.annotations?.['scheduling.k8s.io/group-name']).toBe('spark-app-pg')
    expect(executor.metadata.annotations?.['scheduling.k8s.io/group-name']).toBe('spark-app-exec-pg')
  })

  test('the resources that are written stand for the driver group', () => {
    const spec = { ...batch('volcano'), batchSchedulerOptions: { resources: { cpu: 9 } } }
    expect(objectOf(spec, 'PodGroup', 'spark-app-pg').spec.minResources).toEqual({ cpu: 9 })
  })

  test('YuniKorn is told the groups by annotation and needs no object', () => {
    const { driver, executor, kinds } = render(batch('yunikorn'))
    expect(kinds).toEqual(['Secret', 'Pod'])
    expect(driver.metadata.labels?.queue).toBe('nightly')
    expect(JSON.parse(driver.metadata.annotations?.['yunikorn.apache.org/task-groups'] ?? '')).toEqual([
      { name: 'spark-driver', minMember: 1, minResource: { cpu: '1', memory: '896Mi' } },
      { name: 'spark-executor', minMember: 3, minResource: { cpu: '2', memory: '1434Mi' } },
    ])
    expect(executor.metadata.annotations).toEqual({ 'yunikorn.apache.org/task-group-name': 'spark-executor' })
    expect(executor.spec.schedulerName).toBe('yunikorn')
  })

  test('any other is a kube-scheduler with groups of scheduler-plugins', () => {
    const spec = batch('packing')
    expect(objectOf(spec, 'PodGroup', 'app-exec-pg')).toMatchObject({
      apiVersion: 'scheduling.x-k8s.io/v1alpha1',
      spec: { minMember: 3 },
    })
    expect(render(spec).executor.metadata.labels?.['scheduling.x-k8s.io/pod-group']).toBe('app-exec-pg')
  })
})
