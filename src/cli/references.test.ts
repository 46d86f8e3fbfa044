import { expect, it } from 'vitest'
import { missingPipelines } from './references.ts'

const manifest = (kind: string, name: string, spec: object, namespace?: string) => ({
  source: `${name}.yaml`,
  object: { apiVersion: 'bellows.dev/v1alpha1', kind, metadata: { name, ...(namespace ? { namespace } : {}) }, spec },
})
const run = (pipeline: string) => manifest('PipelineRun', 'r', { pipelineRef: { name: pipeline } })

it('is content where the Pipeline is there, also in a later file', () => {
  expect(missingPipelines([run('daily'), manifest('Pipeline', 'daily', { tasks: [] }, 'default')])).toEqual([])
  expect(missingPipelines([manifest('PipelineRun', 'r', { pipelineSpec: { tasks: [] } })])).toEqual([])
})

it('names the run and the Pipeline that is missing', () => {
  expect(missingPipelines([run('ghost')])).toMatchObject([
    { source: 'r.yaml', object: 'PipelineRun/r', field: 'spec.pipelineRef.name', severity: 'error' },
  ])
  expect(missingPipelines([run('ghost')])[0]!.message).toMatch(/no Pipeline "ghost".*give its file too/)
})

it('offers the one that was meant', () => {
  expect(missingPipelines([run('dialy'), manifest('Pipeline', 'daily', {})])[0]!.message).toContain('"daily"')
  expect(missingPipelines([run('daily'), manifest('Pipeline', 'daily', {}, 'other')])[0]!.message).toContain(
    'namespace other',
  )
})
