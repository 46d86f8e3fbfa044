import { type Shape, shapeOf } from '../api/describe.ts'
import { definitionOf, SparkApplicationDefinition } from '../api/kinds.ts'
import type { KubeObject } from '../kube/object.ts'
import { nearest } from './nearest.ts'

export interface UnknownField {
  readonly field: string
  readonly message: string
}

/** Source: Kubernetes API reference, meta/v1 ObjectMeta. */
const METADATA = [
  'annotations',
  'creationTimestamp',
  'deletionGracePeriodSeconds',
  'deletionTimestamp',
  'finalizers',
  'generateName',
  'generation',
  'labels',
  'managedFields',
  'name',
  'namespace',
  'ownerReferences',
  'resourceVersion',
  'selfLink',
  'uid',
]
const TOP = ['apiVersion', 'kind', 'metadata', 'spec', 'status']

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const unknown = (path: string, name: string, known: readonly string[]): UnknownField => {
  const close = nearest(name, known)
  const hint = close === undefined ? 'docs/reference/ lists the fields' : `did you mean "${close}"?`
  return { field: path === '' ? name : `${path}.${name}`, message: `unknown field; ${hint}` }
}

const among = (value: unknown, known: readonly string[], path: string): readonly UnknownField[] =>
  isRecord(value)
    ? Object.keys(value)
        .filter((name) => !known.includes(name))
        .map((name) => unknown(path, name, known))
    : []

/** Fields of `value` that a schema does not know, each with the name that was probably meant. */
export const unknownIn = (shape: Shape, value: unknown, path: string): readonly UnknownField[] => {
  if (shape.kind === 'object' && isRecord(value)) {
    const names = shape.fields.map(({ name }) => name)
    const own = shape.preserveUnknown ? [] : among(value, names, path)
    const inner = shape.fields.flatMap(({ name, shape: below }) => unknownIn(below, value[name], `${path}.${name}`))
    return [...own, ...inner]
  }
  if (shape.kind === 'map' && isRecord(value))
    return Object.entries(value).flatMap(([name, item]) => unknownIn(shape.value, item, `${path}.${name}`))
  if (shape.kind === 'list' && Array.isArray(value))
    return value.flatMap((item, index) => unknownIn(shape.item, item, `${path}[${index}]`))
  return []
}

const tasksOf = (object: KubeObject): readonly (readonly [path: string, task: unknown])[] => {
  const spec = isRecord(object.spec) ? object.spec : {}
  const inline = isRecord(spec.pipelineSpec) ? spec.pipelineSpec.tasks : undefined
  const [path, tasks] = inline === undefined ? ['spec.tasks', spec.tasks] : ['spec.pipelineSpec.tasks', inline]
  return Array.isArray(tasks) ? tasks.map((task, index) => [`${path}[${index}]`, task] as const) : []
}

/**
 * What strict decoding refuses (kubectl's default) in an object of our kinds; and, what it cannot see, unknown fields of
 * the applications inside a pipeline's tasks.
 */
export const unknownFields = (object: KubeObject): readonly UnknownField[] => {
  const definition = definitionOf(object.apiVersion, object.kind)
  if (definition === undefined) return []
  const application = shapeOf(SparkApplicationDefinition.spec)
  return [
    ...among(object, TOP, ''),
    ...among(object.metadata, METADATA, 'metadata'),
    ...unknownIn(shapeOf(definition.spec), object.spec, 'spec'),
    ...tasksOf(object).flatMap(([path, task]) =>
      isRecord(task) && isRecord(task.spark) ? unknownIn(application, task.spark.spec, `${path}.spark.spec`) : [],
    ),
  ]
}
