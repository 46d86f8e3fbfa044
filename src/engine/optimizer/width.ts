import type { DataType } from '../types/data-type.ts'

/** Bytes of a value of the type, as Spark's defaultSize has it; lengths of texts are guessed. */
export const columnWidth = (type: DataType): number => {
  switch (type.kind) {
    case 'void':
    case 'boolean':
    case 'byte':
      return 1
    case 'short':
      return 2
    case 'integer':
    case 'float':
    case 'date':
    case 'year-month-interval':
      return 4
    case 'long':
    case 'double':
    case 'timestamp':
    case 'timestamp_ntz':
    case 'day-time-interval':
      return 8
    case 'decimal':
      return type.precision > 18 ? 16 : 8
    case 'string':
      return 20
    case 'binary':
      return 100
    case 'array':
      return 8 * columnWidth(type.element)
    case 'map':
      return 8 * (columnWidth(type.key) + columnWidth(type.value))
    case 'struct':
      return type.fields.reduce((sum, field) => sum + columnWidth(field.type), 1)
  }
}
