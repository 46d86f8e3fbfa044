import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type PipelineTask, pipelineSpecSchema } from '../api/pipeline.ts'
import { fillTask } from './fill.ts'
import type { Scope } from './render.ts'

const taskOf = (fields: object): PipelineTask =>
  pipelineSpecSchema.parse({ tasks: [{ name: 'a', ...fields }] }).tasks[0]!

const scopeOf = (value: string): Scope => ({
  run: { name: 'r', namespace: 'n' },
  params: new Map([['p', value]]),
  tasks: { state: () => 'success', result: () => JSON.stringify({ v: value }) },
})

const fill = (fields: object, value = 'x'): PipelineTask => {
  const filled = fillTask(taskOf(fields), scopeOf(value))
  if (!filled.ok) throw new Error(filled.message)
  return filled.task
}

describe('fillTask', () => {
  it('fills commands, arguments and variables of a container', () => {
    const { container } = fill(
      {
        container: {
          image: 'i',
          command: ['{{ params.p }}'],
          args: ['-{{ params.p }}'],
          env: [{ name: 'A', value: '{{ params.p }}' }],
        },
      },
      '$(B)',
    )
    expect(container).toMatchObject({ command: ['$$(B)'], args: ['-$$(B)'], env: [{ name: 'A', value: '$$(B)' }] })
  })

  it('fills program and arguments of an application and nothing else', () => {
    const { spark } = fill(
      {
        spark: {
          spec: {
            type: 'SQL',
            program: 'SELECT {{ params.p }}',
            arguments: ['{{ params.p }}', 3],
            image: '{{ params.p }}',
          },
        },
      },
      '$1',
    )
    expect(spark?.spec).toMatchObject({ program: 'SELECT $1', arguments: ['$1', 3], image: '{{ params.p }}' })
  })

  it('hands numbers on as they were written, whole or as a part', () => {
    const scope: Scope = {
      ...scopeOf(''),
      tasks: { state: () => 'success', result: () => '{"n": 12345678901234567890, "rate": 1.0}' },
    }
    const texts = ['{{ tasks.b.result.n }}', '{{ tasks.b.result.rate }}', '{{ tasks.b.result }}']
    const inputs = ['12345678901234567890', '1.0', '{"n":12345678901234567890,"rate":1.0}']
    for (const interpreter of ['bash', 'node', 'python']) {
      const filled = fillTask(taskOf({ script: { interpreter, source: texts.join('\n') } }), scope)
      expect(filled.ok && filled.task.script?.env?.map(({ value }) => value)).toEqual(inputs)
    }
    const container = { image: 'i', args: texts, env: [{ name: 'A', value: texts[0] }] }
    const filled = fillTask(taskOf({ container }), scope)
    expect(filled).toMatchObject({ ok: true, task: { container: { args: inputs, env: [{ value: inputs[0] }] } } })
    expect(fillTask(taskOf({ container: { image: 'i', args: ['{{ tasks.b.result.n.rawJSON }}'] } }), scope)).toEqual({
      ok: false,
      message: expect.stringContaining("'rawJSON' is asked of number"),
    })
  })

  it.each([
    ['bash', 'x="{{ params.p }}"', `x="\${BELLOWS_INPUT_1}"`],
    ['node', 'f({{ tasks.b.result }})', 'f(JSON.parse(process.env.BELLOWS_INPUT_1))'],
    ['python', 'f({{ params.p }})', "f(__import__('json').loads(__import__('os').environ['BELLOWS_INPUT_1']))"],
  ])('%s reads values from the environment', (interpreter, source, expected) => {
    const { script } = fill({ script: { interpreter, source } })
    expect(script?.source).toBe(expected)
    expect(script?.env?.map(({ name }) => name)).toEqual(['BELLOWS_INPUT_1'])
  })

  it('never lets a value become code', () => {
    const nasty = fc.string({
      unit: fc.constantFrom('$', '(', ')', '`', '"', "'", ';', '\n', '{{', '}}', '\\', 'exit 3', 'x'),
    })
    fc.assert(
      fc.property(nasty, (value) => {
        const { script } = fill({ script: { interpreter: 'bash', source: 'printf %s "{{ params.p }}"' } }, value)
        const input = String(script?.env?.[0]?.value).replaceAll('$$', '$')
        expect(execFileSync('bash', ['-c', script!.source], { env: { BELLOWS_INPUT_1: input } }).toString()).toBe(value)
      }),
      { numRuns: 25 },
    )
  })

  it('tells where a value is missing', () => {
    const filled = fillTask(taskOf({ script: { interpreter: 'bash', source: '{{ params.q }}' } }), scopeOf('x'))
    expect(filled).toEqual({ ok: false, message: "script.source: There is no parameter 'q'." })
  })

  it('tells that a value is too long for a variable', () => {
    const filled = fillTask(
      taskOf({ script: { interpreter: 'bash', source: '{{ params.p }}' } }),
      scopeOf('x'.repeat(140_000)),
    )
    expect(filled).toMatchObject({ ok: false, message: expect.stringContaining('longer than 131071 bytes') })
  })
})
