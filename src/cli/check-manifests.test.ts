import { describe, expect, it } from 'vitest'
import { checkManifest, findingLine } from './check-manifests.ts'

const manifest = (spec: object, kind = 'SparkApplication') => ({
  source: 'a.yaml',
  object: { apiVersion: 'sparkoperator.k8s.io/v1beta2', kind, metadata: { name: 'a' }, spec },
})

describe('checkManifest', () => {
  it('is content with a fine application', () => {
    expect(checkManifest(manifest({ type: 'SQL', program: 'SELECT 1' }))).toEqual([])
  })

  it('names file, object, field and cause', () => {
    const [finding] = checkManifest(manifest({ type: 'Cobol', program: 'x' }))
    expect(findingLine(finding!)).toMatch(/^a\.yaml: SparkApplication\/a: spec\.type: supported values: .*"SQL"/)
  })

  it('refuses misspelt fields, as kubectl does, and offers the nearest', () => {
    const at = (found: ReturnType<typeof checkManifest>) => found.map(({ field, message }) => `${field}: ${message}`)
    expect(at(checkManifest(manifest({ type: 'SQL', program: 'SELECT 1', driver: { memroy: '1g' } })))).toEqual([
      'spec.driver.memroy: unknown field; did you mean "memory"?',
    ])
    expect(at(checkManifest(manifest({ type: 'SQL', program: 'SELECT 1', zzzzz: 1 })))).toEqual([
      'spec.zzzzz: unknown field; docs/reference/ lists the fields',
    ])
  })

  it('sees them at the top, in lists, and in the applications of a pipeline', () => {
    const spark = { spec: { type: 'SQL', program: 'SELECT 1', exeuctor: {} } }
    const spec = { tasks: [{ name: 'a', dependOn: [], spark }] }
    const { source, object } = manifest(spec, 'Pipeline')
    const odd = { ...object, apiVersion: 'bellows.dev/v1alpha1', metadata: { name: 'a', lables: {} }, extra: 1 }
    expect(checkManifest({ source, object: odd }).map(({ field }) => field)).toEqual([
      'extra',
      'metadata.lables',
      'spec.tasks[0].dependOn',
      'spec.tasks[0].spark.spec.exeuctor',
    ])
  })

  it('does not judge kinds that are not ours', () => {
    expect(checkManifest(manifest({ anything: 1 }, 'ConfigMap'))).toEqual([])
  })
})
