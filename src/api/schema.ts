import { z } from 'zod'

/** The largest exact integer of both JSON readers, JavaScript's and CEL's. */
const MAX_INT64 = Number.MAX_SAFE_INTEGER
export const MAX_INT32 = 2_147_483_647

/** What a CRD says of a field and zod does not. */
export interface FieldMeta {
  readonly format?: 'int32' | 'int64' | 'date-time' | undefined
  /** Unknown fields of the object are kept: an embedded core/v1 type, whose schema the API server checks on the pod. */
  readonly preserveUnknown?: boolean | undefined
  readonly intOrString?: boolean | undefined
  /** x-kubernetes-list-type: map, with these keys. */
  readonly listMapKeys?: readonly string[] | undefined
}

export const fieldMeta = z.registry<FieldMeta>()

/**
 * One rule, said twice and checked by both sides: `rule` in CEL for the API server, `holds` here for embedded mode and
 * `bellows validate`. `message` says what to do.
 */
export interface Rule<T> {
  readonly rule: string
  readonly message: string
  /** The field of the object that the message is about. */
  readonly at?: string
  readonly holds: (value: T) => boolean
}

/** A rule over the stored and the new value; the API server skips it where there was none. */
export interface TransitionRule<T> {
  readonly rule: string
  readonly message: string
  readonly holds: (value: T, old: T) => boolean
}

/** The part of a rule that a CRD holds. */
export type RuleWords = Pick<Rule<never>, 'rule' | 'message' | 'at'>

/** What a refinement stands for in a CRD. */
export type CheckMeaning =
  | { readonly kind: 'rule'; readonly rule: RuleWords }
  | { readonly kind: 'max-properties'; readonly max: number }

const meanings = new WeakMap<object, CheckMeaning>()
// biome-ignore lint/suspicious/noExplicitAny: rules of any value type lie in one registry
const transitionRules = z.registry<{ readonly rules: readonly TransitionRule<any>[] }>()

/** `schema` with the rule as a refinement; crd.ts finds its CEL half by the check's function. */
export const withRule = <S extends z.ZodType>(schema: S, rule: Rule<z.output<S>>): S => {
  const holds = (value: unknown): boolean => rule.holds(value as z.output<S>)
  meanings.set(holds, { kind: 'rule', rule })
  return schema.refine(holds, {
    error: rule.message,
    ...(rule.at === undefined ? {} : { path: [rule.at] }),
  }) as S
}

export const withTransitionRule = <S extends z.ZodType>(schema: S, rule: TransitionRule<z.output<S>>): S => {
  transitionRules.add(schema, { rules: [...transitionRulesOf(schema), rule] })
  return schema
}

export const transitionRulesOf = (schema: z.core.$ZodType): readonly TransitionRule<unknown>[] =>
  transitionRules.get(schema)?.rules ?? []

/** The CRD half of a refinement. Throws for one that has none: it would hold here and not on the API server. */
export const meaningOf = (fn: object): CheckMeaning => {
  const meaning = meanings.get(fn)
  if (meaning === undefined) throw new TypeError('A refinement without a CRD half: use withRule')
  return meaning
}

interface TextOptions {
  readonly max: number
  readonly min?: number
  readonly format?: 'date-time'
}

/** A bounded string. Bounds are everywhere, because the API server prices CEL rules by them. */
export const text = (doc: string, options: TextOptions): z.ZodString => {
  const bounded = z.string().max(options.max)
  const schema = (options.min === undefined ? bounded : bounded.min(options.min)).describe(doc)
  if (options.format !== undefined) fieldMeta.add(schema, { format: options.format })
  return schema
}

interface IntOptions {
  readonly min: number
  /** Absent: the largest of its width. */
  readonly max?: number
  readonly bits?: 32 | 64
}

export const int = (doc: string, { min, max, bits = 32 }: IntOptions): z.ZodNumber => {
  const schema = z
    .number()
    .int()
    .min(min)
    .max(max ?? (bits === 32 ? MAX_INT32 : MAX_INT64))
    .describe(doc)
  fieldMeta.add(schema, { format: bits === 32 ? 'int32' : 'int64' })
  return schema
}

/** A quantity that YAML may have read as a number. */
export const intOrString = (doc: string) => {
  const schema = z.union([z.int(), z.string().max(64)]).describe(doc)
  fieldMeta.add(schema, { intOrString: true })
  return schema
}

export const flag = (doc: string): z.ZodBoolean => z.boolean().describe(doc)

export const listOf = <S extends z.ZodType>(
  doc: string,
  item: S,
  options: { readonly max: number; readonly min?: number; readonly mapKeys?: readonly string[] },
): z.ZodArray<S> => {
  const bounded = z.array(item).max(options.max)
  const schema = (options.min === undefined ? bounded : bounded.min(options.min)).describe(doc)
  if (options.mapKeys !== undefined) fieldMeta.add(schema, { listMapKeys: options.mapKeys })
  return schema
}

/** An object with free keys, a bounded number of them. */
export const mapOf = <S extends z.ZodType>(doc: string, value: S, options: { readonly max: number }) => {
  const fits = (map: object): boolean => Object.keys(map).length <= options.max
  meanings.set(fits, { kind: 'max-properties', max: options.max })
  return z
    .record(z.string(), value)
    .refine(fits, { error: `must have at most ${options.max} items` })
    .describe(doc)
}

/** An embedded core/v1 (or networking/v1) object: kept as it is, checked by the API server on what is made of it. */
export const embedded = (doc: string) => {
  const schema = z.looseObject({}).describe(doc)
  fieldMeta.add(schema, { preserveUnknown: true })
  return schema
}

/** The same with the fields that the core type requires. */
export const embeddedWith = <Shape extends z.core.$ZodShape>(doc: string, shape: Shape) => {
  const schema = z.looseObject(shape).describe(doc)
  fieldMeta.add(schema, { preserveUnknown: true })
  return schema
}
