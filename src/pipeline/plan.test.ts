import { describe, expect, it } from 'vitest'
import { pipelineSpecSchema } from '../api/pipeline.ts'
import { makePlan, paramsOf } from './plan.ts'

const task = (name: string, source = 'true', dependsOn: readonly string[] = []) => ({
  name,
  dependsOn: [...dependsOn],
  script: { interpreter: 'bash' as const, source },
})

const planOf = (tasks: ReturnType<typeof task>[], params: { name: string; default?: string }[] = []) =>
  makePlan(pipelineSpecSchema.parse({ tasks, params }))

describe('makePlan', () => {
  it('knows which results a task reads', () => {
    const result = planOf([
      task('a'),
      task('b', '{{ tasks.a.result }}', ['a']),
      task('c', '{{ tasks.a.result }} {{ tasks.b.state }}', ['b']),
    ])
    expect(result.ok && result.plan.reads).toEqual([[], [0], [0]])
  })

  it('tells all that is wrong at once, each with its place', () => {
    const result = planOf([
      task('a', '{{ params.x }} {{ tasks.a.result }}'),
      task('b', '{{ tasks.a.result }}'),
      task('c', '{{ oops }}'),
    ])
    if (result.ok) throw new Error('planned')
    expect(result.problems).toEqual([
      expect.stringContaining("Task 'a', script.source: {{ params.x }}: the pipeline has no parameter 'x'"),
      expect.stringContaining("Task 'a', script.source: {{ tasks.a.result }}: task 'a' does not depend on 'a'"),
      expect.stringContaining("Task 'b', script.source: {{ tasks.a.result }}: task 'b' does not depend on 'a'"),
      expect.stringContaining("Task 'c', script.source: '{{ oops }}' is not understood"),
    ])
  })

  it('refuses a template between quotes, where a script would print the name of its variable', () => {
    const node = { name: 'b', script: { interpreter: 'node', source: "console.log('Hello {{ run.name }}')" } }
    const tasks = [task('a', "echo '{{ run.name }}'"), node, task('c', 'echo "{{ run.name }}"')]
    expect(makePlan(pipelineSpecSchema.parse({ tasks }))).toEqual({
      ok: false,
      problems: [
        "Task 'a', script.source: {{ run.name }} stands between single quotes, where bash reads no variable; put double quotes around it.",
        "Task 'b', script.source: {{ run.name }} stands between quotes, where node reads no variable; take the quotes away: the template is an expression.",
      ],
    })
  })
})

describe('paramsOf', () => {
  const spec = pipelineSpecSchema.parse({ params: [{ name: 'a', default: '1' }, { name: 'b' }], tasks: [task('t')] })

  it('takes the run before the default', () => {
    const result = paramsOf(spec, { a: '2', b: '' })
    expect(result.ok && [...result.params]).toEqual([
      ['a', '2'],
      ['b', ''],
    ])
  })

  it('tells what is missing and what is unknown', () => {
    expect(paramsOf(spec, { c: 'x' })).toEqual({
      ok: false,
      problems: [
        "Parameter 'b' has no default: give it in spec.params of the run.",
        "The pipeline has no parameter 'c'; it knows a, b.",
      ],
    })
  })
})
