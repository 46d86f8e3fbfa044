import { expect, test } from 'vitest'
import { allocationProperties, executorBounds, initialExecutors, podAmounts, retryMaxInterval } from './effective.ts'
import type { SparkApplication } from './spark-application.ts'
import { applyDefaults } from './validate.ts'

const specOf = (spec: object) =>
  applyDefaults<SparkApplication>({
    apiVersion: 'sparkoperator.k8s.io/v1beta2',
    kind: 'SparkApplication',
    metadata: { name: 'app' },
    spec: { type: 'SQL', program: 'select 1', ...spec },
  }).spec

test('one core and a gibibyte with 384 MiB beside it, unless something is said', () => {
  expect(podAmounts(specOf({}), 'executor')).toEqual({
    cores: 1,
    cpuRequest: '1',
    cpuLimit: undefined,
    memoryMib: 1024,
    overheadMib: 384,
    limitMib: 1408,
  })
})

test('a field stands before sparkConf, and that before the default', () => {
  const sparkConf = { 'spark.driver.cores': '3', 'spark.driver.memory': '2g', 'spark.executor.cores': 'many' }
  expect(podAmounts(specOf({ sparkConf }), 'driver')).toMatchObject({ cores: 3, memoryMib: 2048 })
  expect(podAmounts(specOf({ sparkConf, driver: { cores: 2 } }), 'driver')).toMatchObject({ cores: 2 })
  expect(podAmounts(specOf({ sparkConf }), 'executor')).toMatchObject({ cores: 1 })
})

test('overhead is a fraction of large memories, a larger one for Python', () => {
  expect(podAmounts(specOf({ executor: { memory: '10g' } }), 'executor').overheadMib).toBe(1024)
  expect(podAmounts(specOf({ executor: { memory: '10g' }, memoryOverheadFactor: '0.5' }), 'executor').overheadMib).toBe(
    5120,
  )
  const python = { type: 'Python', program: undefined, mainApplicationFile: 'a.py', sparkVersion: '4.0.1' }
  expect(podAmounts(specOf({ ...python, executor: { memory: '10g' } }), 'executor').overheadMib).toBe(4096)
  expect(podAmounts(specOf({ executor: { memoryOverhead: '1g', memoryLimit: '4Gi' } }), 'executor')).toMatchObject({
    overheadMib: 1024,
    limitMib: 4096,
  })
})

test('the number of executors', () => {
  expect(initialExecutors(specOf({}))).toBe(1)
  expect(initialExecutors(specOf({ sparkConf: { 'spark.executor.instances': '4' } }))).toBe(4)
  expect(initialExecutors(specOf({ dynamicAllocation: { enabled: true } }))).toBe(0)
  const byConf = specOf({
    sparkConf: { 'spark.dynamicAllocation.enabled': 'true', 'spark.dynamicAllocation.minExecutors': '2' },
  })
  expect(initialExecutors(byConf)).toBe(2)
  expect(executorBounds(byConf)).toEqual({ min: 2, max: Number.POSITIVE_INFINITY })
  expect(executorBounds(specOf({ dynamicAllocation: { enabled: true, minExecutors: 1, maxExecutors: 5 } }))).toEqual({
    min: 1,
    max: 5,
  })
})

test('the longest wait is never shorter than the interval', () => {
  expect(retryMaxInterval(specOf({}), 5)).toBe(300)
  expect(retryMaxInterval(specOf({}), 600)).toBe(600)
  expect(retryMaxInterval(specOf({ restartPolicy: { onFailureRetryMaxInterval: 20 } }), 5)).toBe(20)
})

test("dynamic allocation reaches the driver as Spark's properties", () => {
  expect(allocationProperties(specOf({ dynamicAllocation: { enabled: false, maxExecutors: 3 } }))).toEqual({})
  const dynamicAllocation = { enabled: true, minExecutors: 0, maxExecutors: 4, shuffleTrackingEnabled: false }
  expect(allocationProperties(specOf({ dynamicAllocation }))).toEqual({
    'spark.dynamicAllocation.enabled': 'true',
    'spark.dynamicAllocation.minExecutors': '0',
    'spark.dynamicAllocation.maxExecutors': '4',
    'spark.dynamicAllocation.shuffleTracking.enabled': 'false',
  })
})
