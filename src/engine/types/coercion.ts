import type { DataType, DayTimeField, StructField, YearMonthField } from './data-type.ts'
import { DOUBLE, LONG, STRING, TIMESTAMP, TIMESTAMP_NTZ } from './data-type.ts'
import { decimalFor, widerDecimal } from './decimal-type.ts'
import { isAtomic, isDatetime, isFractional, isIntegral, isInterval, isNumeric, sameType } from './same-type.ts'

const ORDER: readonly DataType['kind'][] = ['byte', 'short', 'integer', 'long', 'float', 'double']

/** Whether strings give way to the other type (ANSI), or the other type to strings. Source: Spark's AnsiTypeCoercion and TypeCoercion. */
export interface CoercionMode {
  readonly ansi: boolean
}

const ANSI: CoercionMode = { ansi: true }

/**
 * The least common type of both, or undefined. As for CASE, coalesce, IN, set operations, array(…). Source: Spark's
 * AnsiTypeCoercion.findWiderTypeForTwo (TypeCoercion's when not ANSI).
 */
export const commonTypeOfTwo = (a: DataType, b: DataType, mode: CoercionMode = ANSI): DataType | undefined => {
  if (a.kind === 'void') return b
  if (b.kind === 'void') return a
  if (isNumeric(a) && isNumeric(b)) return widerNumber(a, b)
  if (isDatetime(a) && isDatetime(b)) return widerDatetime(a, b)
  if (isInterval(a) && a.kind === b.kind) return widerInterval(a, b)
  if (a.kind === 'string' || b.kind === 'string') {
    const other = a.kind === 'string' ? b : a
    if (other.kind === 'string') return STRING
    return mode.ansi ? besideString(other) : besideStringLegacy(other)
  }
  return commonComplex(a, b, mode)
}

/** The least common type of all, from left to right; undefined when there is none. `types` holds one at least. */
export const commonType = (types: readonly DataType[], mode: CoercionMode = ANSI): DataType | undefined => {
  // Strings last: the order of the others must not matter. Source: TypeCoercion.findWiderCommonType.
  const ordered = [...types.filter((type) => !hasString(type)), ...types.filter(hasString)]
  return ordered
    .slice(1)
    .reduce<DataType | undefined>((common, type) => common && commonTypeOfTwo(common, type, mode), ordered[0])
}

const hasString = (type: DataType): boolean =>
  type.kind === 'string' || (type.kind === 'array' && hasString(type.element))

const widerNumber = (a: DataType, b: DataType): DataType => {
  if (sameType(a, b)) return a
  if (a.kind === 'decimal' || b.kind === 'decimal') {
    return isFractional(a) || isFractional(b) ? DOUBLE : widerDecimal(decimalFor(a), decimalFor(b))
  }
  const wider = ORDER.indexOf(a.kind) > ORDER.indexOf(b.kind) ? a : b
  // An integer beside a float would lose digits as a float.
  return wider.kind === 'float' ? DOUBLE : wider
}

const widerDatetime = (a: DataType, b: DataType): DataType => {
  if (a.kind === b.kind) return a
  return a.kind === 'timestamp' || b.kind === 'timestamp' ? TIMESTAMP : TIMESTAMP_NTZ
}

const DAY_TIME: readonly DayTimeField[] = ['day', 'hour', 'minute', 'second']
const YEAR_MONTH: readonly YearMonthField[] = ['year', 'month']

const first = <F>(order: readonly F[], a: F, b: F): F => (order.indexOf(a) < order.indexOf(b) ? a : b)
const last = <F>(order: readonly F[], a: F, b: F): F => (order.indexOf(a) > order.indexOf(b) ? a : b)

const widerInterval = (a: DataType, b: DataType): DataType => {
  if (a.kind === 'day-time-interval' && b.kind === 'day-time-interval') {
    return {
      kind: a.kind,
      start: first(DAY_TIME, a.start ?? 'day', b.start ?? 'day'),
      end: last(DAY_TIME, a.end ?? 'second', b.end ?? 'second'),
    }
  }
  if (a.kind === 'year-month-interval' && b.kind === 'year-month-interval') {
    return {
      kind: a.kind,
      start: first(YEAR_MONTH, a.start ?? 'year', b.start ?? 'year'),
      end: last(YEAR_MONTH, a.end ?? 'month', b.end ?? 'month'),
    }
  }
  return a
}

const besideString = (other: DataType): DataType | undefined => {
  if (isIntegral(other)) return LONG
  if (isNumeric(other)) return DOUBLE
  return isAtomic(other) && !isInterval(other) ? other : undefined
}

const besideStringLegacy = (other: DataType): DataType | undefined =>
  isAtomic(other) && other.kind !== 'binary' && other.kind !== 'boolean' ? STRING : undefined

const commonComplex = (a: DataType, b: DataType, mode: CoercionMode): DataType | undefined => {
  if (a.kind === 'array' && b.kind === 'array') {
    const element = commonTypeOfTwo(a.element, b.element, mode)
    return element && { kind: 'array', element, containsNull: a.containsNull || b.containsNull }
  }
  if (a.kind === 'map' && b.kind === 'map') {
    const key = commonTypeOfTwo(a.key, b.key, mode)
    const value = commonTypeOfTwo(a.value, b.value, mode)
    return key && value && { kind: 'map', key, value, valueContainsNull: a.valueContainsNull || b.valueContainsNull }
  }
  if (a.kind === 'struct' && b.kind === 'struct') {
    if (a.fields.length !== b.fields.length) return undefined
    const fields: StructField[] = []
    for (const [index, field] of a.fields.entries()) {
      const other = b.fields[index]!
      const type = commonTypeOfTwo(field.type, other.type, mode)
      if (!type || field.name.toLowerCase() !== other.name.toLowerCase()) return undefined
      fields.push({ name: field.name, type, nullable: field.nullable || other.nullable })
    }
    return { kind: 'struct', fields }
  }
  return sameType(a, b) ? a : undefined
}

/** What a parameter of a function takes: an exact type, or any of a group. */
export type Expected = DataType | 'numeric' | 'integral' | 'decimal' | 'datetime' | 'interval' | 'array' | 'map' | 'any'

/**
 * The type an argument is cast to where `expected` stands, or undefined when it does not fit. Source: Spark's
 * AnsiTypeCoercion.implicitCast; the same without ANSI, which only differs in what fails at run time.
 */
export const implicitType = (given: DataType, expected: Expected): DataType | undefined => {
  if (accepts(expected, given)) return given
  if (typeof expected === 'string') {
    switch (expected) {
      case 'numeric':
        return given.kind === 'void' || given.kind === 'string' ? DOUBLE : undefined
      case 'integral':
        return given.kind === 'void' || given.kind === 'string' ? LONG : undefined
      case 'decimal':
        return isNumeric(given) ? decimalFor(given) : undefined
      case 'datetime':
        return given.kind === 'string' || given.kind === 'void' ? TIMESTAMP : undefined
      default:
        return undefined
    }
  }
  if (given.kind === 'void') return expected
  if (given.kind === 'string') return isAtomic(expected) ? expected : undefined
  return storable(given, expected) ? expected : undefined
}

const accepts = (expected: Expected, given: DataType): boolean => {
  switch (expected) {
    case 'any':
      return true
    case 'numeric':
      return isNumeric(given)
    case 'integral':
      return isIntegral(given)
    case 'decimal':
    case 'array':
    case 'map':
      return given.kind === expected
    case 'datetime':
      return isDatetime(given)
    case 'interval':
      return isInterval(given)
    default:
      return sameType(expected, given)
  }
}

/** Source: Spark's Cast.canANSIStoreAssign. */
export const storable = (from: DataType, to: DataType): boolean => {
  if (from.kind === 'void' || sameType(from, to)) return true
  if (isNumeric(from) && isNumeric(to)) return true
  if (to.kind === 'string') return isAtomic(from)
  if (isDatetime(from) && isDatetime(to)) return true
  if (isInterval(from)) return from.kind === to.kind
  if (from.kind === 'array' && to.kind === 'array') {
    return storable(from.element, to.element) && (to.containsNull || !from.containsNull)
  }
  if (from.kind === 'map' && to.kind === 'map') {
    return (
      storable(from.key, to.key) && storable(from.value, to.value) && (to.valueContainsNull || !from.valueContainsNull)
    )
  }
  return (
    from.kind === 'struct' &&
    to.kind === 'struct' &&
    from.fields.length === to.fields.length &&
    from.fields.every((field, index) => {
      const target = to.fields[index]!
      return storable(field.type, target.type) && (target.nullable || !field.nullable)
    })
  )
}
