import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { applyYaml, kubectl, type TemporaryNamespace, tmpNamespace, waitFor } from '../cluster/client.ts'
import { run } from '../cluster/command.ts'
import { load } from '../cluster/images.ts'
import { readRecord } from '../cluster/record.ts'
import { sparkHome, sparkImage } from '../cluster/spark-image.ts'
import { example, getJson, installOperator, untilState } from './operator.ts'

/** A JVM's start and executors on a machine of two cores that others use, too. */
const LONG_MS = 15 * 60_000

const name = process.env.BELLOWS_CLUSTER ?? 'default'

/** Compiles one Java file against the jars of Spark and gives the jar, as base64. */
const jarOf = async (source: string, mainClass: string): Promise<string> => {
  const folder = mkdtempSync(join(tmpdir(), 'bellows-jar-'))
  try {
    const jars = join(await sparkHome(), 'jars/*')
    await run('javac', ['--release', '17', '-cp', jars, '-d', join(folder, 'classes'), source])
    const jar = join(folder, 'main.jar')
    await run('jar', ['--create', '--file', jar, '--main-class', mainClass, '-C', join(folder, 'classes'), '.'])
    return readFileSync(jar).toString('base64')
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const configMap = (name: string, data: object, binaryData: object = {}): string =>
  JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data, binaryData })

const small = { coreRequest: '100m', memory: '512m', volumeMounts: [{ name: 'app', mountPath: '/app' }] }

const application = (name: string, code: string, spec: object): string =>
  JSON.stringify({
    apiVersion: 'sparkoperator.k8s.io/v1beta2',
    kind: 'SparkApplication',
    metadata: { name },
    spec: {
      sparkVersion: '4.1.1',
      image: sparkImage,
      volumes: [{ name: 'app', configMap: { name: code } }],
      driver: small,
      executor: { instances: 1, ...small },
      ...spec,
    },
  })

const FAILS = `from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
doubled = spark.sparkContext.parallelize([1, 2]).map(lambda x: x * 2).collect()
raise ValueError(f"no room for {doubled}")
`

describe('Apache Spark on a real cluster, in a namespace of Pod Security "restricted"', () => {
  let namespace: TemporaryNamespace

  beforeAll(async () => {
    const record = await readRecord(name)
    if (record !== undefined) await load(record, 'spark')
    await installOperator()
    namespace = await tmpNamespace()
    await kubectl(['label', 'namespace', namespace.name, 'pod-security.kubernetes.io/enforce=restricted'])
  }, LONG_MS)
  afterAll(() => namespace?.remove())

  it(
    'runs PySpark on two executors to the right result',
    async () => {
      await applyYaml(example('spark/word-count-rdd.yaml'), { namespace: namespace.name })
      const app = await untilState(namespace.name, 'word-count-rdd', ['COMPLETED', 'FAILED'], LONG_MS)
      expect(app.status).toMatchObject({
        applicationState: { state: 'COMPLETED' },
        executors: { requested: 2, succeeded: 2, failed: 0 },
        driverInfo: { podName: 'word-count-rdd-driver' },
      })
      const log = await kubectl(['-n', namespace.name, 'logs', 'word-count-rdd-driver'])
      expect(log.split('\n')).toEqual(expect.arrayContaining(['be 2', 'against 1', 'arms 1', 'words 21, left out 17']))
    },
    LONG_MS,
  )

  it(
    'runs a program of the JVM',
    async () => {
      const jar = await jarOf(join(import.meta.dirname, '../../examples/spark/pi-java/Pi.java'), 'Pi')
      await applyYaml(configMap('pi', {}, { 'pi.jar': jar }), { namespace: namespace.name })
      const spec = { type: 'Scala', mainClass: 'Pi', mainApplicationFile: 'local:///app/pi.jar', arguments: ['2'] }
      await applyYaml(application('pi', 'pi', spec), { namespace: namespace.name })
      await untilState(namespace.name, 'pi', ['COMPLETED'], LONG_MS)
      expect(await kubectl(['-n', namespace.name, 'logs', 'pi-driver'])).toContain('Pi is roughly 3.14168')
    },
    LONG_MS,
  )

  it(
    'tells why a program failed, with its own words',
    async () => {
      await applyYaml(configMap('fails', { 'fails.py': FAILS }), { namespace: namespace.name })
      const spec = { type: 'Python', mainApplicationFile: 'local:///app/fails.py' }
      await applyYaml(application('fails', 'fails', spec), { namespace: namespace.name })
      const app = await untilState(namespace.name, 'fails', ['FAILED'], LONG_MS)
      expect(app.status.rootCause).toMatchObject({ reason: 'DriverFailed', exitCode: 1 })
      expect(app.status.applicationState.errorMessage).toContain('ValueError: no room for [2, 4]')
    },
    LONG_MS,
  )

  it('leaves nothing behind when they are deleted', async () => {
    await kubectl(['-n', namespace.name, 'delete', 'sparkapplication', '--all', '--wait=true'])
    await waitFor(
      async () => {
        const left = await getJson(namespace.name, 'pods,secrets,services,persistentvolumeclaims')
        return (
          left.items.filter(({ metadata }: { metadata: { name: string } }) => metadata.name !== 'kubernetes').length ===
          0
        )
      },
      { timeoutMs: 120_000, what: 'pods, Secrets and Services of the applications to be collected' },
    )
  })
})
