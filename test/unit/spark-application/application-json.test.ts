import { expect, test } from 'vitest'
import type { SparkApplication } from '../../../src/api/spark-application.ts'
import { type Application, parseApplication } from '../../../src/engine/application.ts'
import { type BundledApplication, bundledApplication } from '../../../src/spark-application/bundled.ts'
import { DEFAULT_SETTINGS } from '../../../src/spark-application/settings.ts'
import { situationOf } from '../../../src/spark-application/situation.ts'

/** The controller may not import the engine: here the compiler sees that what one writes the other reads. */
const asTheEngineReadsIt = (written: BundledApplication): Application => written

const written = (spec: object): BundledApplication =>
  bundledApplication(
    situationOf(
      {
        subject: {
          apiVersion: 'sparkoperator.k8s.io/v1beta2',
          kind: 'SparkApplication',
          metadata: { name: 'app', namespace: 'ns', uid: '12345678-aaaa', generation: 1 },
          spec: { driver: {}, executor: {}, ...spec },
        } as unknown as SparkApplication,
        drivers: [],
        executors: [],
        missingAccess: [],
        entropy: 'entropy',
      },
      0,
      DEFAULT_SETTINGS,
    ),
    3,
  )

test.each([
  ['a SQL text', { type: 'SQL', program: 'SELECT 1', sparkConf: { 'spark.a': 'b' } }],
  [
    'a TypeScript file with arguments',
    { type: 'TypeScript', mainApplicationFile: 'local:///app/main.ts', arguments: ['a', ''] },
  ],
  [
    'a JavaScript program on big executors',
    { type: 'JavaScript', program: '1', executor: { instances: 4, cores: 2, memory: '4g' } },
  ],
])('the engine reads all that the controller writes: %s', (_, spec) => {
  const application = written(spec)
  expect(parseApplication(JSON.stringify(application))).toEqual(
    JSON.parse(JSON.stringify(asTheEngineReadsIt(application))),
  )
})

test('amounts and the names of executor pods are told', () => {
  const { id, executors } = written({ type: 'SQL', program: 'x', executor: { instances: 2, cores: 2, memory: '2g' } })
  expect(id).toBe('app-3-12345678')
  expect(executors).toMatchObject({ instances: 2, cores: 2, memoryMib: 2048, podNamePrefix: 'app-3-exec' })
})
