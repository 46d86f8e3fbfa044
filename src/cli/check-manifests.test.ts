import { describe, expect, it } from 'vitest'
import { checkManifest, droppedFields, findingLine } from './check-manifests.ts'

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

  it('warns of misspelt fields', () => {
    const findings = checkManifest(manifest({ type: 'SQL', program: 'SELECT 1', driver: { memroy: '1g' } }))
    expect(findings).toMatchObject([{ severity: 'warning', field: 'spec.driver.memroy' }])
  })

  it('does not judge kinds that are not ours', () => {
    expect(checkManifest(manifest({ anything: 1 }, 'ConfigMap'))).toEqual([])
  })
})

it('droppedFields walks lists and objects and ignores nulls', () => {
  expect(droppedFields({ a: [{ b: 1, c: 2 }], d: null, e: 1 }, { a: [{ b: 1 }] })).toEqual(['a[0].c', 'e'])
})
