import type { DataType } from './data-type.ts'

/**
 * Whether values of both types are the same values: nullability inside is left aside, names of fields compare without
 * case, fields of intervals do not matter. Source: Spark's DataType.equalsIgnoreCaseAndNullability.
 */
export const sameType = (a: DataType, b: DataType): boolean => {
  switch (a.kind) {
    case 'decimal':
      return b.kind === 'decimal' && a.precision === b.precision && a.scale === b.scale
    case 'array':
      return b.kind === 'array' && sameType(a.element, b.element)
    case 'map':
      return b.kind === 'map' && sameType(a.key, b.key) && sameType(a.value, b.value)
    case 'struct':
      return (
        b.kind === 'struct' &&
        a.fields.length === b.fields.length &&
        a.fields.every((field, index) => {
          const other = b.fields[index]!
          return field.name.toLowerCase() === other.name.toLowerCase() && sameType(field.type, other.type)
        })
      )
    default:
      return a.kind === b.kind
  }
}

export const isIntegral = (type: DataType): boolean =>
  type.kind === 'byte' || type.kind === 'short' || type.kind === 'integer' || type.kind === 'long'

export const isFractional = (type: DataType): boolean => type.kind === 'float' || type.kind === 'double'

export const isNumeric = (type: DataType): boolean => isIntegral(type) || isFractional(type) || type.kind === 'decimal'

export const isDatetime = (type: DataType): boolean =>
  type.kind === 'date' || type.kind === 'timestamp' || type.kind === 'timestamp_ntz'

export const isInterval = (type: DataType): boolean =>
  type.kind === 'day-time-interval' || type.kind === 'year-month-interval'

export const isComplex = (type: DataType): boolean =>
  type.kind === 'array' || type.kind === 'map' || type.kind === 'struct'

export const isAtomic = (type: DataType): boolean => !isComplex(type) && type.kind !== 'void'

/** Maps neither compare nor group nor sort in Spark. */
export const isOrderable = (type: DataType): boolean => {
  switch (type.kind) {
    case 'map':
      return false
    case 'array':
      return isOrderable(type.element)
    case 'struct':
      return type.fields.every((field) => isOrderable(field.type))
    default:
      return true
  }
}
