import { expect, test } from 'vitest'
import { type Shape, shapeOf } from '../../api/describe.ts'
import { unsupportedAt } from '../../api/engine-support.ts'
import { SparkApplicationDefinition } from '../../api/kinds.ts'
import { fieldRows } from '../../api/reference.ts'
import { made, PYTHON, render } from './rendering.fixture.ts'

/** What the operator itself does with an application: no pod shows it. */
const THE_OPERATORS_OWN =
  /^(suspend|restartPolicy|timeToLiveSeconds|type|mode|failureRetries|retryInterval|pythonVersion)(\.|$)/
/** For the bundled engine only, and refused by the API server elsewhere. */
const THE_BUNDLED_ENGINES = /^program$/

/** Values that are read as more than text. */
const VALUES: Readonly<Record<string, unknown>> = {
  memory: '3g',
  memoryLimit: '5g',
  memoryOverhead: '777m',
  coreRequest: '700m',
  coreLimit: '7',
  memoryOverheadFactor: '0.7',
  mainClass: 'Main',
  template: { spec: { runtimeClassName: 'walked' } },
}

/** What must be said for a field to mean anything. */
const BASES: Readonly<Record<string, object>> = {
  mainClass: { type: 'Scala' },
  batchSchedulerOptions: { batchScheduler: 'volcano' },
}

const sampleOf = (name: string, shape: Shape): unknown => {
  if (Object.hasOwn(VALUES, name)) return VALUES[name]
  switch (shape.kind) {
    case 'object':
      return shape.preserveUnknown
        ? { name: 'walked', mountPath: '/walked' }
        : Object.fromEntries(shape.fields.map((field) => [field.name, sampleOf(field.name, field.shape)]))
    case 'map':
      return { 'spark.walked': sampleOf('', shape.value) }
    case 'list':
      return [sampleOf(name, shape.item)]
    case 'enum':
      return shape.values.at(-1)
    case 'integer':
      return Math.max(shape.min ?? 0, 7)
    case 'boolean':
      return name !== 'deleteOnTermination'
    default:
      return 'walked'
  }
}

/** Fields of spec, driver and executor, as whole values. */
const fields = fieldRows(shapeOf(SparkApplicationDefinition.spec)).filter(({ path }) => {
  const [first = '', second, third] = path.replaceAll('[]', '').split('.')
  if (first === 'driver' || first === 'executor') return second !== undefined && third === undefined
  return first === 'deps' ? second !== undefined : second === undefined
})

const withField = (path: string, value: unknown): object => {
  const [first = '', second] = path.split('.')
  const base = BASES[path] ?? {}
  return { ...base, [first]: second === undefined ? value : { [second]: value } }
}

/** All that is made, but for the fingerprint that any change of the spec changes. */
const shown = (spec: object): readonly string[] => {
  const { objects, files } = render(spec)
  return objects.map((object) => withoutHash(JSON.stringify({ ...object, data: files })))
}

const withoutHash = (text: string): string => text.replace(/"bellows\.dev\/spec-hash":"[0-9a-f]+"/g, '')

test('a change that nothing shows is seen as such', () => {
  expect(shown({ timeToLiveSeconds: 1, restartPolicy: { type: 'Always' } })).toEqual(shown({}))
})

test('there are fields to walk', () => expect(fields.length).toBeGreaterThan(100))

test.each(fields.map(({ path, field }) => [path, field] as const))('%s changes what is made', (path, field) => {
  if (THE_OPERATORS_OWN.test(path) || THE_BUNDLED_ENGINES.test(path) || path === 'driver' || path === 'executor') return
  const unsupported = unsupportedAt(path, 'spark')
  if (unsupported !== undefined && !unsupported.partly) return
  const base = BASES[path] ?? {}
  const mounted = { volumes: [{ name: 'walked', emptyDir: {} }] }
  // A volume is there for those who mount it.
  const spec =
    path === 'volumes'
      ? { volumes: [{ name: 'walked', emptyDir: {} }], driver: { volumeMounts: [{ name: 'walked', mountPath: '/x' }] } }
      : { ...mounted, ...withField(path, sampleOf(field.name, field.shape)) }
  const before =
    path === 'volumes' ? { driver: { volumeMounts: [{ name: 'walked', mountPath: '/x' }] } } : { ...mounted, ...base }
  expect(shown(spec)).not.toEqual(shown(before))
})

test('rendering the same twice gives the same', () => {
  const spec = Object.fromEntries(fields.map(({ field }) => [field.name, sampleOf(field.name, field.shape)]))
  const whole = { ...spec, ...PYTHON, driver: { image: 'x' }, executor: { image: 'x' } }
  expect(made(whole)).toEqual(made(structuredClone(whole)))
})
