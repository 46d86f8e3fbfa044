import { expect, test } from 'vitest'
import type { Pod } from '../kube/pod.ts'
import { judgeDriver } from './driver-verdict.ts'

const ended = (exitCode: number, exception?: string, message?: string): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'd', ...(exception === undefined ? {} : { annotations: { 'spark.exit-exception': exception } }) },
  spec: { containers: [] },
  status: {
    phase: 'Failed',
    containerStatuses: [
      {
        name: 'spark-kubernetes-driver',
        state: { terminated: { exitCode, reason: 'Error', ...(message === undefined ? {} : { message }) } },
      },
    ],
  },
})

const failureOf = (pod: Pod) => {
  const verdict = judgeDriver(pod)
  return verdict.kind === 'failed' ? verdict.failure : undefined
}

const TRACE = `org.apache.spark.SparkException: Job aborted due to stage failure
\tat org.apache.spark.scheduler.DAGScheduler.abortStage(DAGScheduler.scala:2935)
Caused by: java.lang.IllegalStateException: the vat is empty
\tat Main.main(Main.java:7)
Caused by: java.io.IOException: no such barrel
\t... 4 more`

test('the exception that Spark leaves on the pod is the cause, with the innermost one', () => {
  expect(failureOf(ended(1, TRACE, 'last line of the log'))).toMatchObject({
    class: 'application',
    reason: 'DriverFailed',
    message:
      'the driver ended with exit code 1: org.apache.spark.SparkException: Job aborted due to stage failure (caused by java.io.IOException: no such barrel)',
    lastLines: 'last line of the log',
  })
})

test('an exception that only says that Python ended is passed over for the log', () => {
  const python = 'Traceback (most recent call last):\n  File "x.py", line 3\nValueError: no barrels'
  const empty = 'org.apache.spark.SparkUserAppException: User application exited with 1\n\tat x'
  expect(failureOf(ended(1, empty, python))?.message).toContain('ValueError: no barrels')
})

test.each([
  ['by what it threw', 1, 'java.lang.OutOfMemoryError: Java heap space\n\tat x', undefined],
  ['by its exit code', 52, undefined, undefined],
  ['by its log', 1, undefined, 'Exception in thread "main" java.lang.OutOfMemoryError: Java heap space'],
])('a full heap of the JVM is told %s', (_, exitCode, exception, message) => {
  expect(failureOf(ended(exitCode, exception, message))).toMatchObject({ reason: 'DriverOutOfMemory' })
})

test('a long cause is cut', () => {
  expect(failureOf(ended(1, `X: ${'y'.repeat(5000)}`))?.message.length).toBeLessThan(700)
})
