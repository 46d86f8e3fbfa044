import type { PipelineTask } from '../api/pipeline.ts'

/**
 * `source`: program text of the task's interpreter; a value must not become code in it. `pod`: a field in which
 * Kubernetes expands $(NAME). `plain`: neither.
 */
export type TextKind = 'source' | 'pod' | 'plain'

export type EditText = (text: string, where: string, kind: TextKind) => string

/** `task` with every text that may hold templates put through `edit`. `where` says which text it is, for messages. */
export const mapTexts = (task: PipelineTask, edit: EditText): PipelineTask => {
  const { container, script, spark } = task
  return {
    ...task,
    ...(container && {
      container: {
        ...container,
        ...(container.command && { command: list(container.command, 'container.command', edit) }),
        ...(container.args && { args: list(container.args, 'container.args', edit) }),
        ...(container.env && { env: variables(container.env, 'container.env', edit) }),
      },
    }),
    ...(script && {
      script: {
        ...script,
        source: edit(script.source, 'script.source', 'source'),
        ...(script.env && { env: variables(script.env, 'script.env', edit) }),
      },
    }),
    ...(spark && { spark: { spec: application(spark.spec, edit) } }),
  }
}

type Variables = NonNullable<NonNullable<PipelineTask['container']>['env']>

const list = (texts: readonly string[], where: string, edit: EditText): readonly string[] =>
  texts.map((text, index) => edit(text, `${where}[${index}]`, 'pod'))

const variables = (env: Variables, where: string, edit: EditText): Variables =>
  env.map((each) =>
    typeof each.value === 'string' ? { ...each, value: edit(each.value, `${where}.${each.name}`, 'pod') } : each,
  )

/** The spec is checked as a SparkApplication only when it is made: here anything may stand in it. */
const application = (spec: Readonly<Record<string, unknown>>, edit: EditText): Readonly<Record<string, unknown>> => ({
  ...spec,
  ...(typeof spec.program === 'string' && { program: edit(spec.program, 'spark.spec.program', 'plain') }),
  ...(Array.isArray(spec.arguments) && {
    arguments: spec.arguments.map((each: unknown, index) =>
      typeof each === 'string' ? edit(each, `spark.spec.arguments[${index}]`, 'plain') : each,
    ),
  }),
})
