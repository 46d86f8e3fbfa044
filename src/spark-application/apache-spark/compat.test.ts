import { readdirSync, readFileSync } from 'node:fs'
import { loadAll } from 'js-yaml'
import { expect, test } from 'vitest'
import { ignoredFields } from '../../api/engine-support.ts'
import type { SparkApplication } from '../../api/spark-application.ts'
import { applyDefaults } from '../../api/validate.ts'
import { made, render } from './rendering.fixture.ts'

const folder = new URL('../../../examples/compat/', import.meta.url)

const manifests = readdirSync(folder).flatMap((file) =>
  (loadAll(readFileSync(new URL(file, folder), 'utf8')) as SparkApplication[])
    .filter(({ kind }) => kind === 'SparkApplication')
    .map((written) => [file, applyDefaults<SparkApplication>(written).spec] as const),
)

/** What manifests ask for and do not get, each told in FieldsIgnored. */
const IGNORED: Readonly<Record<string, readonly string[]>> = {
  'always-restarted.yaml': ['spec.failureRetries', 'spec.retryInterval'],
  'driver-ingress.yaml': ['spec.sparkUIOptions.ingressAnnotations', 'spec.sparkUIOptions.ingressTLS'],
}

test.each(manifests)('%s is made into a driver pod, and says what it does not get', (file, spec) => {
  expect(made(spec)).toMatchObject({ kind: 'objects' })
  const { driver, executor, kinds } = render(spec)
  expect(kinds.at(-1)).toBe('Pod')
  for (const pod of [driver, executor]) expect(pod.spec.containers[0]).toMatchObject({ image: expect.any(String) })
  expect(ignoredFields(spec).map(({ field }) => field)).toEqual(IGNORED[file] ?? [])
})

test('there are manifests', () => expect(manifests.length).toBeGreaterThan(12))
