import { z } from 'zod'
import { dnsLabel, image } from './field-kinds.ts'
import type { DeepReadonly, Metadata } from './meta.ts'
import { embedded, embeddedWith, int, listOf, text, withRule } from './schema.ts'

export const MAX_TASKS = 500
export const MAX_TASK_NAME = 40
export const MAX_SCRIPT = 65_536

const env = listOf(
  'Environment variables (core/v1 EnvVar). Templates are filled into `value`.',
  embeddedWith('', { name: text('Its name.', { max: 253, min: 1 }) }),
  { max: 256 },
).optional()
const resources = embedded('Requests and limits (core/v1 ResourceRequirements).').optional()
const words = (doc: string) => listOf(doc, text('', { max: 65_536 }), { max: 256 }).optional()

const container = z
  .object({
    image: image('Container image.').min(1),
    command: words("Replaces the image's entrypoint."),
    args: words('Arguments. Templates are filled in.'),
    env,
    workingDir: text('Working directory.', { max: 4096 }).optional(),
    resources,
  })
  .describe('A container of any image.')

const script = z
  .object({
    interpreter: z.enum(['bash', 'node', 'python']).describe('What reads the source; the image must have it.'),
    source: text(
      'The script. A template stands in it for an expression that reads a variable: no value becomes code.',
      { max: MAX_SCRIPT, min: 1 },
    ),
    image: image("Container image. Default: the operator's own (bash, node).").optional(),
    env,
    resources,
  })
  .describe('A script, written here.')

const spark = z
  .object({
    spec: embedded(
      'A SparkApplication spec; the controller checks it as the SparkApplication kind would. Templates are filled into program and arguments.',
    ),
  })
  .describe('A SparkApplication, made for this task and owned by the run. It needs no worker pod.')

/** Airflow's trigger rules, but for `all_done_setup_success`: there are no setup tasks yet. */
export const TRIGGER_RULES = [
  'all_success',
  'all_failed',
  'all_done',
  'all_done_min_one_success',
  'all_skipped',
  'one_failed',
  'one_success',
  'one_done',
  'none_failed',
  'none_failed_min_one_success',
  'none_skipped',
  'always',
] as const
export type TriggerRule = (typeof TRIGGER_RULES)[number]

const taskFields = z.object({
  name: dnsLabel('Name, unique in the pipeline.', MAX_TASK_NAME),
  dependsOn: listOf(
    'Tasks that come first. Unknown names and cycles are found when the run starts (too dear for the API server).',
    text('', { max: MAX_TASK_NAME }),
    { max: MAX_TASKS },
  ).default([]),
  container: container.optional(),
  script: script.optional(),
  spark: spark.optional(),
  retries: int('Further tries after one that failed by itself.', { min: 0, max: 1000 }).default(0),
  retryDelaySeconds: int('Wait before a further try, in seconds.', { min: 0, max: 2_147_483 }).default(5),
  infrastructureRetries: int(
    'Further tries when the pod was lost to its surroundings (eviction, node loss, preemption, deletion).',
    { min: 0, max: 1000 },
  ).default(3),
  timeoutSeconds: int('Longest time of one try, in seconds.', { min: 1, max: 2_147_483 }).optional(),
  triggerRule: z
    .enum(TRIGGER_RULES)
    .default('all_success')
    .describe("When the task runs, by the states of the tasks it depends on. Airflow's names and meanings."),
  podTemplate: embedded(
    'core/v1 PodTemplateSpec laid under the worker pod; its container `main` is the one that is completed.',
  ).optional(),
})

type TaskFields = z.output<typeof taskFields>

const task = withRule(taskFields, {
  rule: '[has(self.container), has(self.script), has(self.spark)].filter(each, each).size() == 1',
  message: 'a task needs exactly one of container, script and spark',
  holds: ({ container, script, spark }: TaskFields) =>
    [container, script, spark].filter((each) => each !== undefined).length === 1,
})

const param = z.object({
  name: withRule(text('Name, as in {{ params.NAME }}.', { max: 63, min: 1 }), {
    rule: "self.matches('^[A-Za-z_][A-Za-z0-9_-]*$')",
    message: 'must be letters, digits, _ and -, beginning with a letter or _',
    holds: (name) => /^[A-Za-z_][A-Za-z0-9_-]*$/.test(name),
  }),
  description: text('What it is for.', { max: 1024 }).optional(),
  default: text('Value where the run gives none. Without it the run must give one.', { max: 65_536 }).optional(),
})

export const pipelineSpecSchema = z
  .object({
    params: listOf('Values that a run can set.', param, { max: 128, mapKeys: ['name'] }).optional(),
    tasks: listOf('The tasks. Their order does not matter.', task, { max: MAX_TASKS, min: 1, mapKeys: ['name'] }),
    serviceAccountName: text('ServiceAccount of the worker pods. Default: `default`, without its token.', {
      max: 253,
    }).optional(),
    activeDeadlineSeconds: int('Longest time of a run, in seconds; then what still runs is stopped.', {
      min: 1,
      max: 2_147_483,
    }).optional(),
  })
  .describe('A graph of tasks.')

export type PipelineSpec = DeepReadonly<z.output<typeof pipelineSpecSchema>>
export type PipelineSpecInput = DeepReadonly<z.input<typeof pipelineSpecSchema>>
export type PipelineTask = PipelineSpec['tasks'][number]
export type ContainerTask = NonNullable<PipelineTask['container']>
export type ScriptTask = NonNullable<PipelineTask['script']>
export type SparkTask = NonNullable<PipelineTask['spark']>

export type Pipeline = {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: Metadata
  readonly spec: PipelineSpec
}
