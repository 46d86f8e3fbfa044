import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { BUNDLED_PROPERTIES } from './bundled-properties.ts'
import { shapeOf } from './describe.ts'
import { APACHE_SPARK_UNSUPPORTED, BUNDLED_UNSUPPORTED, ignoredFields, unsupportedAt } from './engine-support.ts'
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

test('types of Apache Spark are judged by what Spark honours', () => {
  const java = {
    type: 'Java',
    program: undefined,
    mainApplicationFile: 'a.jar',
    sparkVersion: '4.0.1',
    mainClass: 'Main',
  }
  expect(ignoredFields(specOf({ ...java, hadoopConf: { a: 'b' }, sparkConf: { 'spark.plugins': 'x' } }))).toEqual([])
  const sparkConf = { 'spark.app.id': 'mine', 'spark.ui.port': '1' }
  expect(ignoredFields(specOf({ ...java, mode: 'client', pythonVersion: '3', sparkConf }))).toEqual([
    { field: 'spec.mode', message: expect.stringContaining('cluster') },
    { field: 'spec.sparkConf.spark.app.id', message: expect.stringContaining('sparkApplicationId') },
  ])
})

test('every entry is a field of the schema', () => {
  const paths = new Set(fieldRows(shapeOf(SparkApplicationDefinition.spec)).map(({ path }) => path))
  for (const { path } of [...BUNDLED_UNSUPPORTED, ...APACHE_SPARK_UNSUPPORTED]) {
    const full = path.startsWith('pod.') ? [`driver.${path.slice(4)}`, `executor.${path.slice(4)}`] : [path]
    for (const each of full) expect(paths, each).toContain(each)
  }
})

test('fields below an entry share its reason', () => {
  expect(unsupportedAt('driverIngressOptions[].servicePort', 'bundled')).toMatchObject({ partly: false })
  expect(unsupportedAt('mode', 'bundled')).toMatchObject({ partly: true })
  expect(unsupportedAt('driver.memory', 'bundled')).toBeUndefined()
})

test('properties under spark. that nobody reads are named; the program may have its own', () => {
  const sparkConf = { 'spark.executor.cores': '2', 'spark.plugins': 'x', 'spark.ui.proxyBase': '/x', 'my.key': 'y' }
  expect(ignoredFields(specOf({ sparkConf }))).toEqual([
    { field: 'spec.sparkConf', message: 'the bundled engine does not read spark.plugins, spark.ui.proxyBase' },
  ])
  const many = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`spark.x${index}`, '1']))
  expect(ignoredFields(specOf({ sparkConf: many }))[0]?.message).toMatch(/ and 12 more$/)
})

test('the list of properties is what the source reads', () => {
  const root = new URL('../', import.meta.url)
  const read = new Set(
    ['engine', 'api/effective.ts'].flatMap((path) => {
      const url = new URL(path, root)
      const files = path.endsWith('.ts')
        ? [url]
        : readdirSync(url, { recursive: true, encoding: 'utf8' }).map((file) => new URL(`${path}/${file}`, root))
      return files
        .filter(({ pathname }) => pathname.endsWith('.ts') && !pathname.endsWith('.test.ts'))
        .flatMap((file) => [
          ...readFileSync(file, 'utf8').matchAll(/['"`](spark\.[A-Za-z.]+(?:\$\{\w+\}(?:\.[A-Za-z]+)*)?)['"`]/g),
        ])
        .map((match) => match[1]!)
    }),
  )
  const families = [...read].filter((key) => /\.\$\{(?!role)\w+\}$/.test(key))
  for (const family of families.map((key) => key.slice(0, key.indexOf('$'))))
    expect(
      Object.keys(BUNDLED_PROPERTIES).some((key) => key.startsWith(family)),
      family,
    ).toBe(true)
  const expanded = [...read]
    .filter((key) => !families.includes(key))
    .flatMap((key) => (ROLE.test(key) ? ['driver', 'executor'].map((role) => key.replace(ROLE, role)) : [key]))
  expect(expanded.length).toBeGreaterThan(10)
  for (const key of expanded.filter((each) => !NOT_PROPERTIES.has(each)))
    expect(
      BUNDLED_PROPERTIES,
      `${key} is read by the source: add it to src/api/bundled-properties.ts and run npm run generate`,
    ).toHaveProperty([key])
})

const ROLE = /\$\{role\}/

/** Strings of the engine that begin like a property and are none that a user sets. */
const NOT_PROPERTIES = new Set(['spark.app.id', 'spark.app.name', 'spark.sql', 'spark.x', 'spark.sql.x'])
