import { array, BOOLEAN, type DataType, DOUBLE, decimal, LONG, STRING, struct, VOID } from '../../types/data-type.ts'
import { sameType } from '../../types/same-type.ts'
import type { Json } from './json-text.ts'

export interface InferOptions {
  readonly primitivesAsString: boolean
  readonly prefersDecimal: boolean
}

/** The type of a value; void: nothing is known. Source: Spark's JsonInferSchema.inferField. */
const infer = (json: Json, options: InferOptions): DataType => {
  switch (json.kind) {
    case 'null':
      return VOID
    case 'string':
      return STRING
    case 'boolean':
      return options.primitivesAsString ? STRING : BOOLEAN
    case 'number':
      return options.primitivesAsString ? STRING : numberType(json, options)
    case 'array':
      return array(json.items.map((item) => infer(item, options)).reduce(merge, VOID))
    case 'object': {
      return structOf(json.entries.map(([name, value]) => [name, infer(value, options)]))
    }
  }
}

const structOf = (fields: Iterable<readonly [string, DataType]>): DataType =>
  struct(
    [...fields]
      .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
      .map(([name, type]) => ({ name, type, nullable: true })),
  )

const numberType = ({ text, whole }: Json & { readonly kind: 'number' }, options: InferOptions): DataType => {
  if (whole) {
    const value = BigInt(text)
    if (BigInt.asIntN(64, value) === value) return LONG
    const digits = text.replace('-', '').length
    return digits <= 38 ? decimal(digits, 0) : DOUBLE
  }
  if (!options.prefersDecimal) return DOUBLE
  const [, digits = '', part = '', exponent = '0'] = /^-?(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? []
  const scale = part.length - Number(exponent)
  const precision = Math.max((digits + part).replace(/^0+/, '').length, scale)
  return digits !== '' && scale >= 0 && precision <= 38 ? decimal(precision, scale) : DOUBLE
}

/** Source: Spark's JsonInferSchema.compatibleType. */
const merge = (a: DataType, b: DataType): DataType => {
  if (a.kind === 'void') return b
  if (b.kind === 'void' || sameType(a, b)) return a
  if (a.kind === 'struct' && b.kind === 'struct') {
    const fields = new Map(a.fields.map(({ name, type }) => [name, type]))
    for (const { name, type } of b.fields) fields.set(name, merge(fields.get(name) ?? VOID, type))
    return structOf(fields)
  }
  if (a.kind === 'array' && b.kind === 'array') return array(merge(a.element, b.element))
  const numbers = [a, b].filter(({ kind }) => kind === 'long' || kind === 'double' || kind === 'decimal')
  if (numbers.length < 2) return STRING
  if (a.kind === 'double' || b.kind === 'double') return DOUBLE
  const [one, two] = [a, b].map((type) => (type.kind === 'decimal' ? type : { precision: 20, scale: 0 }))
  const scale = Math.max(one!.scale, two!.scale)
  const range = Math.max(one!.precision - one!.scale, two!.precision - two!.scale)
  return range + scale > 38 ? DOUBLE : decimal(range + scale, scale)
}

/** What is unknown is a text; a struct without fields is left out, undefined where nothing is left. */
const settled = (type: DataType): DataType | undefined => {
  switch (type.kind) {
    case 'void':
      return STRING
    case 'array': {
      const element = settled(type.element)
      return element && array(element)
    }
    case 'struct': {
      const fields = type.fields.flatMap((field) => {
        const inner = settled(field.type)
        return inner ? [{ ...field, type: inner }] : []
      })
      return fields.length === 0 ? undefined : struct(fields)
    }
    default:
      return type
  }
}

/** The type that schema_of_json says. */
export const inferJson = (json: Json, options: InferOptions): DataType =>
  settled(infer(json, options)) ?? (json.kind === 'object' ? struct([]) : STRING)
