import type { z } from 'zod'
import { type Shape, shapeOf } from './describe.ts'
import { definitionOf, KINDS, type KindDefinition } from './kinds.ts'
import { isRecord, normalised } from './normalise.ts'

/** One thing that is wrong, in the words that the API server uses for the same. */
export interface Problem {
  /** `spec.driver.cores`; for rules over a name `metadata.name`. */
  readonly field: string
  readonly message: string
}

export type Admission<T> =
  | { readonly ok: true; readonly object: T }
  | { readonly ok: false; readonly problems: readonly Problem[] }

/**
 * What the API server does to an object of one of our kinds: nulls and unknown fields are dropped, defaults filled in,
 * schema and rules checked; with `old` also the rules over a change. Never throws on what users wrote.
 */
export const admit = <T = Record<string, unknown>>(object: unknown, old?: unknown): Admission<T> => {
  if (!isRecord(object)) return refused('', 'must be of type object')
  const definition = definitionOf(object.apiVersion, object.kind)
  if (definition === undefined) {
    const known = KINDS.map(({ type }) => `${type.kind} ${type.group}/${type.version}`).join(', ')
    return refused('kind', `Bellows knows ${known}; this is ${String(object.kind)} ${String(object.apiVersion)}`)
  }
  const problems: Problem[] = [...nameProblems(definition, object)]
  const admitted: Record<string, unknown> = { ...object }
  for (const part of ['spec', 'status'] as const) {
    const schema = definition[part]
    if (schema === undefined) {
      delete admitted[part]
      continue
    }
    if (object[part] === undefined || object[part] === null) {
      delete admitted[part]
      if (part === 'spec') problems.push({ field: 'spec', message: 'Required value' })
      continue
    }
    const result = admitPart(part, schema, object[part])
    if (result.ok) admitted[part] = result.object
    else problems.push(...result.problems)
    const before = isRecord(old) ? old[part] : undefined
    if (result.ok && isRecord(before)) problems.push(...changeProblems(part, schema, result.object, before))
  }
  return problems.length === 0 ? { ok: true, object: admitted as T } : { ok: false, problems }
}

/** Everything that the API server would refuse the object for; empty: it is fine. */
export const validate = (object: unknown, old?: unknown): readonly Problem[] => {
  const result = admit(object, old)
  return result.ok ? [] : result.problems
}

/** The object as it would be stored. Throws RangeError with all problems where it would be refused. */
export const applyDefaults = <T = Record<string, unknown>>(object: unknown): T => {
  const result = admit<T>(object)
  if (!result.ok) throw new RangeError(problemText(result.problems))
  return result.object
}

/** Checks a spec that lies inside another object, with its paths under `field`; a pipeline's spark task has one. */
export const admitPart = <T = unknown>(field: string, schema: z.ZodType, value: unknown): Admission<T> => {
  const shape = shapeOf(schema)
  const stored = normalised(shape, value)
  const result = schema.safeParse(stored)
  const problems = new Map<string, Problem>()
  const add = (path: readonly PropertyKey[], message: string): void => {
    const problem = { field: pathText([field, ...path]), message }
    problems.set(`${problem.field}\0${message}`, problem)
  }
  for (const issue of result.error?.issues ?? [])
    add(issue.path, sentence(issue, valueAt(stored, issue.path), shapeAt(shape, issue.path)))
  for (const { path, message } of duplicates(shape, stored)) add(path, message)
  return problems.size === 0 && result.success
    ? { ok: true, object: result.data as T }
    : { ok: false, problems: [...problems.values()] }
}

type Found = { readonly path: readonly PropertyKey[]; readonly message: string }

/** Items of a list map with the same keys. */
const duplicates = (shape: Shape, value: unknown): readonly Found[] => {
  const below = (found: readonly Found[], at: PropertyKey): Found[] =>
    found.map(({ path, message }) => ({ path: [at, ...path], message }))
  if (shape.kind === 'object' && isRecord(value))
    return shape.fields.flatMap((field) => below(duplicates(field.shape, value[field.name]), field.name))
  if (shape.kind !== 'list' || !Array.isArray(value)) return []
  const inner = value.flatMap((item, index) => below(duplicates(shape.item, item), index))
  const { mapKeys } = shape
  if (mapKeys === undefined) return inner
  const seen = new Set<string>()
  return value
    .flatMap((item, index): Found[] => {
      const key = JSON.stringify(
        Object.fromEntries(mapKeys.map((name) => [name, isRecord(item) ? item[name] : undefined])),
      )
      const twice = seen.has(key)
      seen.add(key)
      return twice ? [{ path: [index], message: `Duplicate value: ${key}` }] : []
    })
    .concat(inner)
}

/** `spec.type: Required value; …`: all problems in one line. */
export const problemText = (problems: readonly Problem[]): string =>
  problems.map(({ field, message }) => (field === '' ? message : `${field}: ${message}`)).join('; ')

const refused = (field: string, message: string): Admission<never> => ({ ok: false, problems: [{ field, message }] })

const nameProblems = (definition: KindDefinition, object: Record<string, unknown>): readonly Problem[] => {
  const metadata = object.metadata
  if (!isRecord(metadata)) return [{ field: 'metadata', message: 'Required value' }]
  const name = metadata.name
  if (typeof name !== 'string' || name === '')
    return typeof metadata.generateName === 'string'
      ? []
      : [{ field: 'metadata.name', message: 'Required value: name or generateName is required' }]
  return definition.nameRules
    .filter((rule) => !rule.holds(name))
    .map(({ message }) => ({ field: 'metadata.name', message }))
}

const changeProblems = (field: string, schema: z.ZodType, value: unknown, old: unknown): readonly Problem[] => {
  const shape = shapeOf(schema)
  if (shape.kind !== 'object') return []
  return shape.transitions.filter((rule) => !rule.holds(value, old)).map(({ message }) => ({ field, message }))
}

const pathText = (path: readonly PropertyKey[]): string =>
  path.reduce<string>(
    (text, part) =>
      typeof part === 'number' ? `${text}[${part}]` : text === '' ? String(part) : `${text}.${String(part)}`,
    '',
  )

const valueAt = (value: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>((at, part) => (typeof at === 'object' && at !== null ? Reflect.get(at, part) : undefined), value)

const shapeAt = (root: Shape, path: readonly PropertyKey[]): Shape | undefined =>
  path.reduce<Shape | undefined>((shape, part) => {
    if (shape?.kind === 'object') return shape.fields.find(({ name }) => name === part)?.shape
    if (shape?.kind === 'list') return shape.item
    return shape?.kind === 'map' ? shape.value : undefined
  }, root)

/** OpenAPI's name of a JSON value's type. */
const typeName = (value: unknown): string => {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number'
  return typeof value
}

const EXPECTED: Readonly<Record<string, string>> = { int: 'integer', number: 'integer', record: 'object' }

/** The API server's words for what zod found. Source: kube-openapi's validation errors, field.Error. */
const sentence = (issue: z.core.$ZodIssue, value: unknown, shape: Shape | undefined): string => {
  switch (issue.code) {
    case 'invalid_type':
      if (value === undefined) return 'Required value'
      return typeof value === 'number' && shape?.kind === 'integer'
        ? `must be of type ${shape.format ?? 'integer'}: "float64"`
        : `must be of type ${EXPECTED[issue.expected] ?? issue.expected}: "${typeName(value)}"`
    case 'invalid_value':
      if (value === undefined) return 'Required value'
      return typeof value === 'string'
        ? `supported values: ${issue.values.map((each) => JSON.stringify(each)).join(', ')}`
        : `must be of type string: "${typeName(value)}"`
    case 'too_small':
      if (issue.origin === 'string') return `should be at least ${issue.minimum} chars long`
      if (issue.origin === 'array') return `should have at least ${issue.minimum} items`
      return `should be greater than or equal to ${issue.minimum}`
    case 'too_big':
      if (issue.origin === 'string') return `may not be more than ${issue.maximum} bytes`
      if (issue.origin === 'array') return `must have at most ${issue.maximum} items`
      return `should be less than or equal to ${issue.maximum}`
    default:
      return issue.message
  }
}
