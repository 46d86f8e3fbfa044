import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { applyYaml, kubectl, type TemporaryNamespace, tmpNamespace, waitFor } from '../cluster/client.ts'
import { getJson, installOperator, type Json, tableIn, untilState } from './operator.ts'

const ROWS = 4_000_000
const FILES = 8

/** A pod that makes Parquet files and serves them: data that lies on neither driver nor executors. */
const DATA = `
const { DuckDBInstance } = require('@duckdb/node-api')
const { createServer } = require('node:http')
const { createReadStream } = require('node:fs')
const main = async () => {
  const connection = await (await DuckDBInstance.create(':memory:')).connect()
  for (let file = 0; file < ${FILES}; file += 1) {
    await connection.run(
      "COPY (SELECT i AS id, i % 97 AS bucket FROM range(" + (file * ${ROWS / FILES}) + ", " + ((file + 1) * ${ROWS / FILES}) +
        ") t(i)) TO '/tmp/part-" + file + ".parquet' (FORMAT parquet)")
  }
  createServer((request, response) => {
    const name = /^\\/part-\\d\\.parquet$/.exec(request.url)
    if (!name) { response.writeHead(404); return response.end() }
    createReadStream('/tmp' + name[0]).pipe(response)
  }).listen(8080)
}
main()
`

const dataPod = (): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'List',
    items: [
      {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'data', labels: { app: 'data' } },
        spec: {
          automountServiceAccountToken: false,
          securityContext: { runAsNonRoot: true, runAsUser: 10001, seccompProfile: { type: 'RuntimeDefault' } },
          containers: [
            {
              name: 'data',
              image: 'bellows:dev',
              imagePullPolicy: 'IfNotPresent',
              workingDir: '/opt/bellows',
              args: ['-e', DATA],
              readinessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1 },
              securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
            },
          ],
        },
      },
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'data' },
        spec: { selector: { app: 'data' }, ports: [{ port: 8080 }] },
      },
    ],
  })

/** Slow on purpose: each row is hashed many times, so that an executor can be killed in mid-run. */
const PROGRAM = `
import { SparkSession } from 'bellows'
const spark = await SparkSession.builder().getOrCreate()
const urls = Array.from({ length: ${FILES} }, (_, file) => 'http://data:8080/part-' + file + '.parquet')
spark.read.parquet(...urls).createOrReplaceTempView('numbers')
const hashes = Array.from({ length: 12 }, (_, round) => "md5(concat(id, '" + round + "'))").join(' || ')
const rows = await spark.sql(
  'SELECT count(*) AS rows, sum(id) AS total, max(length(' + hashes + ')) AS width FROM numbers').collect()
console.log('| ' + [rows[0].rows, rows[0].total, rows[0].width].join(' | ') + ' |')
await spark.stop()
`

const application = (): string =>
  JSON.stringify({
    apiVersion: 'sparkoperator.k8s.io/v1beta2',
    kind: 'SparkApplication',
    metadata: { name: 'lossy' },
    spec: {
      type: 'TypeScript',
      program: PROGRAM,
      driver: { coreRequest: '100m', memory: '512m' },
      executor: { instances: 2, coreRequest: '100m', memory: '512m' },
    },
  })

describe('an executor that is killed in mid-run', () => {
  let namespace: TemporaryNamespace
  const inNamespace = () => ({ namespace: namespace.name })

  beforeAll(async () => {
    await installOperator()
    namespace = await tmpNamespace()
    await applyYaml(dataPod(), inNamespace())
    await kubectl(['wait', '--for=condition=Ready', 'pod/data', '--timeout=120s'], inNamespace())
  })
  afterAll(() => namespace?.remove())

  it('costs its tasks a retry, not the job', async () => {
    await applyYaml(application(), inNamespace())
    const driverLog = () => kubectl(['logs', 'lossy-driver'], inNamespace()).catch(() => '')
    await waitFor(async () => /executor 1 registered/.test(await driverLog()), {
      timeoutMs: 90_000,
      what: 'the first executor to register',
      seen: driverLog,
    })
    await kubectl(['delete', 'pod', 'lossy-1-exec-1', '--grace-period=0', '--force'], inNamespace())
    await untilState(namespace.name, 'lossy', ['COMPLETED'], 240_000)
    const log = await driverLog()
    expect(log).toMatch(/executor 1 goes: executor pod lossy-1-exec-1 is being deleted/)
    expect(tableIn(log)).toEqual([[String(ROWS), String((ROWS * (ROWS - 1)) / 2), String(12 * 32)]])
    const app: Json = await getJson(namespace.name, 'sparkapplication', 'lossy')
    expect(app.status.executionAttempts).toBe(1)
  })
})
