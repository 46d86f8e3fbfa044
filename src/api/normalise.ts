import type { Field, Shape } from './describe.ts'

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * `value` as the API server stores it before it checks it: unknown fields pruned, nulls taken for absent, defaults
 * filled in. What has the wrong type stays as it is, for the checks to find.
 */
export const normalised = (shape: Shape, value: unknown): unknown => {
  switch (shape.kind) {
    case 'object':
      return isRecord(value) ? normalisedObject(shape, value) : value
    case 'list':
      return Array.isArray(value) ? value.map((item) => normalised(shape.item, item)) : value
    case 'map':
      return isRecord(value)
        ? Object.fromEntries(
            Object.entries(value).flatMap(([key, each]) =>
              each === null ? [] : [[key, normalised(shape.value, each)]],
            ),
          )
        : value
    default:
      return value
  }
}

const normalisedObject = (shape: Extract<Shape, { kind: 'object' }>, value: Record<string, unknown>) => {
  const fields = new Map(shape.fields.map((field) => [field.name, field]))
  const kept = Object.entries(value).filter(([name, each]) => {
    const field = fields.get(name)
    if (field === undefined) return shape.preserveUnknown
    return each !== undefined && (each !== null || field.nullable)
  })
  const present = new Set(kept.map(([name]) => name))
  const added = shape.fields.filter((field) => field.default !== undefined && !present.has(field.name))
  return Object.fromEntries([
    ...kept.map(([name, each]) => [name, fieldValue(fields.get(name), each)]),
    ...added.map((field) => [field.name, normalised(field.shape, structuredClone(field.default))]),
  ])
}

const fieldValue = (field: Field | undefined, value: unknown): unknown =>
  field === undefined || value === null ? value : normalised(field.shape, value)
