import { expect, it } from 'vitest'
import { checkPipelines } from './check-pipelines.ts'

const manifest = (kind: string, name: string, spec: object) => ({
  source: 'p.yaml',
  object: { apiVersion: 'bellows.dev/v1alpha1', kind, metadata: { name }, spec },
})
const task = (name: string, dependsOn: readonly string[] = [], source = 'true') => ({
  name,
  dependsOn,
  script: { interpreter: 'bash', source },
})

it.each([
  ['a circle', [task('a', ['b']), task('b', ['a'])], /circle: a → b → a/],
  ['a ghost', [task('a', ['ghost'])], /depends on 'ghost'/],
  ['an unknown task in a template', [task('a', [], 'echo {{ tasks.ghost.result }}')], /there is no task 'ghost'/],
  ['a broken template', [task('a', [], 'echo {{ nonsense }}')], /Task 'a'/],
])('finds %s in a Pipeline and in a run', (_, tasks, message) => {
  const found = checkPipelines([
    manifest('Pipeline', 'p', { tasks }),
    manifest('PipelineRun', 'r', { pipelineSpec: { tasks } }),
  ])
  expect(found.map(({ object, field }) => [object, field])).toEqual([
    ['Pipeline/p', 'spec'],
    ['PipelineRun/r', 'spec.pipelineSpec'],
  ])
  for (const { message: said, severity } of found) {
    expect(said).toMatch(message)
    expect(severity).toBe('error')
  }
})

it('finds parameters that are missing or unknown, also over a Pipeline of another file', () => {
  const pipeline = manifest('Pipeline', 'p', { params: [{ name: 'day' }], tasks: [task('a')] })
  const run = manifest('PipelineRun', 'r', { pipelineRef: { name: 'p' }, params: { date: 'x' } })
  expect(checkPipelines([pipeline, run]).map(({ field, message }) => [field, message])).toEqual([
    ['spec.params', expect.stringContaining("'day'")],
    ['spec.params', expect.stringContaining("'date'")],
  ])
})

it('is content with what is right', () => {
  const tasks = [task('a'), task('b', ['a'], 'echo {{ tasks.a.result }}')]
  expect(checkPipelines([manifest('Pipeline', 'p', { tasks })])).toEqual([])
})
