import { expect, test } from 'vitest'
import { shapeOf } from './describe.ts'
import { BUNDLED_UNSUPPORTED, ignoredFields, unsupportedAt } from './engine-support.ts'
import { SparkApplicationDefinition } from './kinds.ts'
import { fieldRows } from './reference.ts'
import type { SparkApplication } from './spark-application.ts'
import { applyDefaults } from './validate.ts'

const specOf = (spec: object) =>
  applyDefaults<SparkApplication>({
    apiVersion: 'sparkoperator.k8s.io/v1beta2',
    kind: 'SparkApplication',
    metadata: { name: 'app' },
    spec: { type: 'SQL', program: 'select 1', ...spec },
  }).spec

test('a plain application has nothing ignored', () => {
  expect(ignoredFields(specOf({}))).toEqual([])
})

test('each field that is set and not honoured is named once', () => {
  const spec = specOf({
    mode: 'client',
    mainClass: 'Main',
    hadoopConf: { a: 'b' },
    deps: { packages: ['a:b:1'] },
    driver: { javaOptions: '-Xss1m' },
    executor: { gpu: { name: 'nvidia.com/gpu', quantity: 1 } },
  })
  expect(ignoredFields(spec).map(({ field }) => field)).toEqual([
    'spec.mode',
    'spec.mainClass',
    'spec.hadoopConf',
    'spec.deps.packages',
    'spec.driver.javaOptions',
    'spec.executor.gpu',
  ])
})

test('empty values and harmless ones are not named', () => {
  expect(
    ignoredFields(specOf({ mode: 'cluster', mainClass: '', hadoopConf: {}, dynamicAllocation: { enabled: false } })),
  ).toEqual([])
})

test('types of Apache Spark are not judged by the bundled engine', () => {
  const spec = specOf({
    type: 'Java',
    program: undefined,
    mainApplicationFile: 'a.jar',
    sparkVersion: '4.0.1',
    mainClass: 'Main',
  })
  expect(ignoredFields(spec)).toEqual([])
})

test('every entry is a field of the schema', () => {
  const paths = new Set(fieldRows(shapeOf(SparkApplicationDefinition.spec)).map(({ path }) => path))
  for (const { path } of BUNDLED_UNSUPPORTED) {
    const full = path.startsWith('pod.') ? [`driver.${path.slice(4)}`, `executor.${path.slice(4)}`] : [path]
    for (const each of full) expect(paths, each).toContain(each)
  }
})

test('fields below an entry share its reason', () => {
  expect(unsupportedAt('driverIngressOptions[].servicePort')).toMatchObject({ partly: false })
  expect(unsupportedAt('mode')).toMatchObject({ partly: true })
  expect(unsupportedAt('driver.memory')).toBeUndefined()
})
