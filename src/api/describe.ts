import { z } from 'zod'
import {
  type FieldMeta,
  fieldMeta,
  meaningOf,
  type RuleWords,
  type TransitionRule,
  transitionRulesOf,
} from './schema.ts'

interface Common {
  readonly doc: string
  readonly rules: readonly RuleWords[]
}

/** A schema in the few shapes that a CRD knows. zod's wrappers are gone; crd.ts, reference.ts and validate.ts read it. */
export type Shape = Common &
  (
    | {
        readonly kind: 'object'
        readonly fields: readonly Field[]
        readonly preserveUnknown: boolean
        readonly transitions: readonly TransitionRule<unknown>[]
      }
    | { readonly kind: 'map'; readonly value: Shape; readonly max: number | undefined }
    | {
        readonly kind: 'list'
        readonly item: Shape
        readonly min: number | undefined
        readonly max: number | undefined
        readonly mapKeys: readonly string[] | undefined
      }
    | {
        readonly kind: 'string'
        readonly min: number | undefined
        readonly max: number | undefined
        readonly format: FieldMeta['format']
      }
    | {
        readonly kind: 'integer'
        readonly min: number | undefined
        readonly max: number | undefined
        readonly format: FieldMeta['format']
      }
    | { readonly kind: 'enum'; readonly values: readonly string[] }
    | { readonly kind: 'boolean' }
    | { readonly kind: 'int-or-string' }
  )

export interface Field {
  readonly name: string
  readonly required: boolean
  readonly nullable: boolean
  readonly default: unknown
  readonly shape: Shape
}

interface Checks {
  readonly rules: readonly RuleWords[]
  readonly min: number | undefined
  readonly max: number | undefined
}

const checksOf = (schema: z.core.$ZodType): Checks => {
  const rules: RuleWords[] = []
  let min: number | undefined
  let max: number | undefined
  for (const check of schema._zod.def.checks ?? []) {
    const def = check._zod.def as z.core.$ZodChecks['_zod']['def'] | z.core.$ZodCustomDef
    switch (def.check) {
      case 'custom': {
        const meaning = meaningOf(def.fn)
        if (meaning.kind === 'rule') rules.push(meaning.rule)
        else max = meaning.max
        break
      }
      case 'min_length':
        min = def.minimum
        break
      case 'max_length':
        max = def.maximum
        break
      case 'greater_than':
        min = Number(def.value)
        break
      case 'less_than':
        max = Number(def.value)
        break
      case 'number_format':
        break
      default:
        throw new TypeError(`A CRD cannot say the check ${def.check}`)
    }
  }
  return { rules, min, max }
}

const shapeCache = new WeakMap<z.core.$ZodType, Shape>()

/** Throws TypeError where a schema says something that a CRD cannot. */
export const shapeOf = (schema: z.core.$ZodType): Shape => {
  const known = shapeCache.get(schema)
  if (known !== undefined) return known
  const shape = describe(schema)
  shapeCache.set(schema, shape)
  return shape
}

const describe = (plain: z.core.$ZodType): Shape => {
  const schema = plain as z.core.$ZodTypes
  const meta = fieldMeta.get(schema) ?? {}
  const { rules, min, max } = checksOf(schema)
  const common: Common = { doc: z.globalRegistry.get(schema)?.description ?? '', rules }
  const def = schema._zod.def
  switch (def.type) {
    case 'object':
      return {
        ...common,
        kind: 'object',
        fields: Object.entries(def.shape).map(([name, field]) => fieldOf(name, field)),
        preserveUnknown: meta.preserveUnknown === true,
        transitions: transitionRulesOf(plain),
      }
    case 'record':
      return def.keyType._zod.def.type === 'enum'
        ? {
            ...common,
            kind: 'object',
            fields: enumValues(def.keyType).map((name) => ({ ...fieldOf(name, def.valueType), required: false })),
            preserveUnknown: false,
            transitions: [],
          }
        : { ...common, kind: 'map', value: shapeOf(def.valueType), max }
    case 'array':
      return { ...common, kind: 'list', item: shapeOf(def.element), min, max, mapKeys: meta.listMapKeys }
    case 'string':
      return { ...common, kind: 'string', min, max, format: meta.format }
    case 'number':
      return { ...common, kind: 'integer', min, max, format: meta.format }
    case 'boolean':
      return { ...common, kind: 'boolean' }
    case 'enum':
      return { ...common, kind: 'enum', values: enumValues(schema) }
    case 'union':
      if (meta.intOrString === true) return { ...common, kind: 'int-or-string' }
      throw new TypeError('A CRD knows no unions')
    default:
      throw new TypeError(`A CRD has no type ${def.type}`)
  }
}

const enumValues = (schema: z.core.$ZodType): string[] =>
  Object.values((schema._zod.def as z.core.$ZodEnumDef).entries).map(String)

/** Takes optional, nullable and default off, remembering them; the outermost description wins. */
const fieldOf = (name: string, wrapped: z.core.$ZodType): Field => {
  let schema = wrapped as z.core.$ZodTypes
  let required = true
  let nullable = false
  let fallback: unknown
  let doc: string | undefined
  for (;;) {
    doc ??= z.globalRegistry.get(schema)?.description
    const def = schema._zod.def
    if (def.type === 'optional') required = false
    else if (def.type === 'nullable') nullable = true
    else if (def.type === 'default' || def.type === 'prefault') {
      required = false
      fallback = def.defaultValue
    } else break
    schema = def.innerType as z.core.$ZodTypes
  }
  const shape = shapeOf(schema)
  return { name, required, nullable, default: fallback, shape: doc === undefined ? shape : { ...shape, doc } }
}
