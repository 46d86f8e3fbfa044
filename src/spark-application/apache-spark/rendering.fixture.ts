import type { SparkApplication } from '../../api/spark-application.ts'
import type { Pod } from '../../kube/pod.ts'
import { type AttemptObjects, attemptObjects } from '../attempt-objects.ts'
import { DEFAULT_SETTINGS } from '../settings.ts'
import { situationOf } from '../situation.ts'

export const PYTHON = {
  type: 'Python',
  sparkVersion: '4.1.1',
  image: 'spark:4.1.1',
  mainApplicationFile: 'local:///app/main.py',
}

export const made = (spec: object, attempt = 1): AttemptObjects =>
  attemptObjects(
    situationOf(
      {
        subject: {
          apiVersion: 'sparkoperator.k8s.io/v1beta2',
          kind: 'SparkApplication',
          metadata: { name: 'app', namespace: 'ns', uid: '12345678-aaaa', generation: 1 },
          spec: { driver: {}, executor: {}, ...PYTHON, ...spec },
        } as unknown as SparkApplication,
        drivers: [],
        executors: [],
        missingAccess: [],
        entropy: 'entropy',
      },
      Date.UTC(2026, 0, 1),
      DEFAULT_SETTINGS,
    ),
    attempt,
  )

// biome-ignore lint/suspicious/noExplicitAny: tests read objects of the API freely
type Json = any

export interface Rendered {
  readonly kinds: readonly string[]
  readonly driver: Pod
  readonly executor: Pod
  readonly properties: Readonly<Record<string, string>>
  readonly files: Readonly<Record<string, string>>
  readonly service: Json
  readonly objects: readonly Json[]
}

/** The objects of an attempt, read back. Throws where the spec is refused. */
export const render = (spec: object, attempt = 1): Rendered => {
  const result = made(spec, attempt)
  if (result.kind === 'refused') throw new Error(result.message)
  const objects = result.objects.map(({ object }) => object as Json)
  const data = objects.find(({ kind }) => kind === 'Secret').data as Record<string, string>
  const files = Object.fromEntries(
    Object.entries(data).map(([key, text]) => [key, Buffer.from(text, 'base64').toString()]),
  )
  return {
    kinds: objects.map(({ kind }) => kind),
    driver: objects.at(-1) as Pod,
    executor: JSON.parse(files['podspec-configmap-key'] ?? ''),
    properties: Object.fromEntries(
      (files['spark.properties'] ?? '')
        .trim()
        .split('\n')
        .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
    ),
    files,
    service: objects.find(({ kind }) => kind === 'Service'),
    objects,
  }
}
