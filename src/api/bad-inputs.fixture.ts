/**
 * Manifests that must be refused, each for one reason, with the field and the sentence. The unit test gives them to
 * `validate`, the test on a real API server to `kubectl apply`.
 */
export interface BadInput {
  readonly title: string
  readonly object: unknown
  readonly field: string
  readonly message: string
}

const app = (spec: object, metadata: object = { name: 'bad' }) => ({
  apiVersion: 'sparkoperator.k8s.io/v1beta2',
  kind: 'SparkApplication',
  metadata,
  spec: { type: 'SQL', program: 'select 1', ...spec },
})
const java = (spec: object) => app({ type: 'Java', program: undefined, ...spec })
const run = (spec: object, name = 'bad') => ({
  apiVersion: 'bellows.dev/v1alpha1',
  kind: 'PipelineRun',
  metadata: { name },
  spec,
})
const echo = { container: { image: 'busybox' } }
const tasks = (...list: object[]) => run({ pipelineSpec: { tasks: list } })

const NAME_LENGTH = 'must be at most 40 characters: the names of its pods are made from it'
const NAME_SHAPE =
  "must be lower-case letters, digits and '-' (no dots), beginning with a letter: other objects get names made from it"
const MEMORY = 'must be a memory size above 0, such as 512m, 1g or 2Gi'
const CPU = 'must be a CPU quantity above 0, such as 1, 0.5 or 1200m'
const ONE_KIND = 'a task needs exactly one of container, script and spark'

/** Specs that look odd and are fine. */
export const ODD_INPUTS: readonly (readonly [title: string, object: unknown])[] = [
  ...['512', '1024k', '1G', '2Gi', '1TB', '007m'].map(
    (memory) => [`memory ${memory}`, app({ driver: { memory } })] as const,
  ),
  ...['0.5', '.5', '2.', '1e3', '2E-1', '100u', '+1', '1Ki', '9E'].map(
    (coreRequest) => [`coreRequest ${coreRequest}`, app({ executor: { coreRequest } })] as const,
  ),
  ['no overhead', app({ driver: { memoryOverhead: '0' } })],
  ['a name of 40 characters', app({}, { name: 'a'.repeat(40) })],
  ['a program of 256 KiB', app({ program: 'x'.repeat(262_144) })],
  ['nulls', app({ mode: null, image: null, driver: null, arguments: null, sparkConf: { a: null } })],
  ['unknown fields', app({ labels: { team: 'a' }, driver: { colour: 'red' } })],
  ['a limit alone', app({ driver: { coreLimit: '100m' } })],
  ['request equal to limit', app({ driver: { coreRequest: '1', coreLimit: '1000m' } })],
  ['an expired time to live', app({ timeToLiveSeconds: -1 })],
  ['empty image, as some charts write', app({ image: '' })],
  ['a run by reference', run({ pipelineRef: { name: 'p' }, params: { day: '2025-11-20' } })],
  ['tasks', tasks({ name: 'a', ...echo }, { name: 'b', dependsOn: ['a'], triggerRule: 'all_done', ...echo })],
]

export const BAD_INPUTS: readonly BadInput[] = [
  { title: 'name too long', object: app({}, { name: 'a'.repeat(41) }), field: 'metadata.name', message: NAME_LENGTH },
  { title: 'name with a dot', object: app({}, { name: 'a.b' }), field: 'metadata.name', message: NAME_SHAPE },
  {
    title: 'name beginning with a digit',
    object: app({}, { name: '1a' }),
    field: 'metadata.name',
    message: NAME_SHAPE,
  },
  { title: 'no type', object: app({ type: undefined }), field: 'spec.type', message: 'Required value' },
  {
    title: 'unknown type',
    object: app({ type: 'Cobol' }),
    field: 'spec.type',
    message: 'supported values: "Java", "Scala", "Python", "R", "SQL", "TypeScript", "JavaScript"',
  },
  {
    title: 'unknown mode',
    object: app({ mode: 'in-cluster-client' }),
    field: 'spec.mode',
    message: 'supported values: "cluster", "client"',
  },
  {
    title: 'neither program nor file',
    object: app({ program: undefined }),
    field: 'spec',
    message:
      'types SQL, TypeScript and JavaScript need exactly one of program (the text itself) and mainApplicationFile (a path or URL)',
  },
  {
    title: 'program and file',
    object: app({ mainApplicationFile: '/a.sql' }),
    field: 'spec',
    message:
      'types SQL, TypeScript and JavaScript need exactly one of program (the text itself) and mainApplicationFile (a path or URL)',
  },
  {
    title: 'program of Java',
    object: java({ program: 'class A {}', mainApplicationFile: 'local:///a.jar', sparkVersion: '4.0.1' }),
    field: 'spec.program',
    message: 'program is for types SQL, TypeScript and JavaScript; set mainApplicationFile instead',
  },
  {
    title: 'Java without a file',
    object: java({ sparkVersion: '4.0.1' }),
    field: 'spec.mainApplicationFile',
    message: 'mainApplicationFile is required for types Java, Scala, Python and R',
  },
  {
    title: 'Java without a version',
    object: java({ mainApplicationFile: 'local:///a.jar' }),
    field: 'spec.sparkVersion',
    message: 'sparkVersion is required for types Java, Scala, Python and R',
  },
  {
    title: 'empty program',
    object: app({ program: '' }),
    field: 'spec.program',
    message: 'should be at least 1 chars long',
  },
  {
    title: 'program too long',
    object: app({ program: 'x'.repeat(262_145) }),
    field: 'spec.program',
    message: 'may not be more than 262144 bytes',
  },
  {
    title: 'half a core',
    object: app({ driver: { cores: 1.5 } }),
    field: 'spec.driver.cores',
    message: 'must be of type int32: "float64"',
  },
  {
    title: 'cores as text',
    object: app({ executor: { cores: '3' } }),
    field: 'spec.executor.cores',
    message: 'must be of type integer: "string"',
  },
  {
    title: 'no executors',
    object: app({ executor: { instances: 0 } }),
    field: 'spec.executor.instances',
    message: 'should be greater than or equal to 1',
  },
  {
    title: 'negative executors',
    object: app({ executor: { instances: -2 } }),
    field: 'spec.executor.instances',
    message: 'should be greater than or equal to 1',
  },
  {
    title: 'a hundred thousand executors',
    object: app({ executor: { instances: 100_000 } }),
    field: 'spec.executor.instances',
    message: 'should be less than or equal to 10000',
  },
  {
    title: 'negative retries',
    object: app({ restartPolicy: { type: 'OnFailure', onFailureRetries: -1 } }),
    field: 'spec.restartPolicy.onFailureRetries',
    message: 'should be greater than or equal to 0',
  },
  {
    title: 'unknown restart policy',
    object: app({ restartPolicy: { type: 'Sometimes' } }),
    field: 'spec.restartPolicy.type',
    message: 'supported values: "Never", "Always", "OnFailure"',
  },
  {
    title: 'deadline of nothing',
    object: app({ activeDeadlineSeconds: 0 }),
    field: 'spec.activeDeadlineSeconds',
    message: 'should be greater than or equal to 1',
  },
  {
    title: 'deadline beyond every timer',
    object: app({ activeDeadlineSeconds: 4_000_000_000 }),
    field: 'spec.activeDeadlineSeconds',
    message: 'should be less than or equal to 2147483',
  },
  {
    title: 'deadline in words',
    object: app({ activeDeadlineSeconds: '5 minutes' }),
    field: 'spec.activeDeadlineSeconds',
    message: 'must be of type integer: "string"',
  },
  {
    title: 'executors beyond 32 bits',
    object: app({ executor: { instances: 2_147_483_648_000 } }),
    field: 'spec.executor.instances',
    message: 'should be less than or equal to 10000',
  },
  ...['1Gii', '0', '0g', '-1Gi', '9E', '1.5g', ''].map((memory) => ({
    title: `memory ${JSON.stringify(memory)}`,
    object: app({ driver: { memory } }),
    field: 'spec.driver.memory',
    message: MEMORY,
  })),
  {
    title: 'memory as a number',
    object: app({ driver: { memory: 1_073_741_824 } }),
    field: 'spec.driver.memory',
    message: 'must be of type string: "integer"',
  },
  ...['one', '0', '-1', '1 ', '0m'].map((coreRequest) => ({
    title: `coreRequest ${JSON.stringify(coreRequest)}`,
    object: app({ executor: { coreRequest } }),
    field: 'spec.executor.coreRequest',
    message: CPU,
  })),
  {
    title: 'request above limit',
    object: app({ driver: { coreRequest: '2', coreLimit: '1500m' } }),
    field: 'spec.driver.coreRequest',
    message: 'coreRequest must not be above coreLimit',
  },
  {
    title: 'overhead factor in percent',
    object: app({ memoryOverheadFactor: '10%' }),
    field: 'spec.memoryOverheadFactor',
    message: "must be a decimal fraction in quotes, such as '0.2'",
  },
  {
    title: 'fewer at most than at least',
    object: app({ dynamicAllocation: { enabled: true, minExecutors: 5, maxExecutors: 2 } }),
    field: 'spec.dynamicAllocation.minExecutors',
    message: 'minExecutors must not be above maxExecutors',
  },
  {
    title: 'two node selectors',
    object: app({ nodeSelector: { a: 'b' }, executor: { nodeSelector: { c: 'd' } } }),
    field: 'spec.nodeSelector',
    message: 'set either nodeSelector or driver.nodeSelector and executor.nodeSelector, not both',
  },
  {
    title: 'image with a space',
    object: app({ image: 'spark: 4.0.1' }),
    field: 'spec.image',
    message: 'must be a container image reference without spaces or line breaks',
  },
  {
    title: 'image with a line break',
    object: app({ executor: { image: 'spark:4.0.1\n' } }),
    field: 'spec.executor.image',
    message: 'must be a container image reference without spaces or line breaks',
  },
  {
    title: 'label value with a space',
    object: app({ driver: { labels: { team: 'big data' } } }),
    field: 'spec.driver.labels',
    message: "label values must be letters, digits, '-', '_' and '.', beginning and ending with a letter or digit",
  },
  {
    title: 'pod name in capitals',
    object: app({ driver: { podName: 'Driver' } }),
    field: 'spec.driver.podName',
    message: "podName must be lower-case letters, digits, '-' and '.', beginning and ending with a letter or digit",
  },
  {
    title: 'volume without a name',
    object: app({ volumes: [{ emptyDir: {} }] }),
    field: 'spec.volumes[0].name',
    message: 'Required value',
  },
  {
    title: 'port above all',
    object: app({ driver: { ports: [{ name: 'a', protocol: 'TCP', containerPort: 70_000 }] } }),
    field: 'spec.driver.ports[0].containerPort',
    message: 'should be less than or equal to 65535',
  },
  {
    title: 'null in a list',
    object: app({ driver: { volumeMounts: [null] } }),
    field: 'spec.driver.volumeMounts[0]',
    message: 'must be of type object: "null"',
  },
  {
    title: 'arguments as text',
    object: app({ arguments: '--all' }),
    field: 'spec.arguments',
    message: 'must be of type array: "string"',
  },
  {
    title: 'conf value as a number',
    object: app({ sparkConf: { 'spark.executor.cores': 2 } }),
    field: 'spec.sparkConf.spark.executor.cores',
    message: 'must be of type string: "integer"',
  },
  {
    title: 'run of nothing',
    object: run({}),
    field: 'spec',
    message: 'set exactly one of pipelineRef (a Pipeline by name) and pipelineSpec (the graph itself)',
  },
  {
    title: 'run of two',
    object: run({ pipelineRef: { name: 'a' }, pipelineSpec: { tasks: [{ name: 'a', ...echo }] } }),
    field: 'spec',
    message: 'set exactly one of pipelineRef (a Pipeline by name) and pipelineSpec (the graph itself)',
  },
  { title: 'no tasks', object: tasks(), field: 'spec.pipelineSpec.tasks', message: 'should have at least 1 items' },
  { title: 'task of no kind', object: tasks({ name: 'a' }), field: 'spec.pipelineSpec.tasks[0]', message: ONE_KIND },
  {
    title: 'task of two kinds',
    object: tasks({ name: 'a', ...echo, spark: { spec: {} } }),
    field: 'spec.pipelineSpec.tasks[0]',
    message: ONE_KIND,
  },
  {
    title: 'task twice',
    object: tasks({ name: 'a', ...echo }, { name: 'a', ...echo }),
    field: 'spec.pipelineSpec.tasks[1]',
    message: 'Duplicate value: {"name":"a"}',
  },
  {
    title: 'task name in capitals',
    object: tasks({ name: 'Load', ...echo }),
    field: 'spec.pipelineSpec.tasks[0].name',
    message: "must be lower-case letters, digits and '-', beginning and ending with a letter or digit",
  },
  {
    title: 'task name too long',
    object: tasks({ name: 'a'.repeat(41), ...echo }),
    field: 'spec.pipelineSpec.tasks[0].name',
    message: 'may not be more than 40 bytes',
  },
  {
    title: 'negative retries of a task',
    object: tasks({ name: 'a', retries: -1, ...echo }),
    field: 'spec.pipelineSpec.tasks[0].retries',
    message: 'should be greater than or equal to 0',
  },
  {
    title: 'timeout of nothing',
    object: tasks({ name: 'a', timeoutSeconds: 0, ...echo }),
    field: 'spec.pipelineSpec.tasks[0].timeoutSeconds',
    message: 'should be greater than or equal to 1',
  },
  {
    title: 'unknown interpreter',
    object: tasks({ name: 'a', script: { interpreter: 'perl', source: 'print 1' } }),
    field: 'spec.pipelineSpec.tasks[0].script.interpreter',
    message: 'supported values: "bash", "node", "python"',
  },
  {
    title: 'container without an image',
    object: tasks({ name: 'a', container: {} }),
    field: 'spec.pipelineSpec.tasks[0].container.image',
    message: 'Required value',
  },
]
