import type { DataType } from '../types/data-type.ts'

/** A type as Spark's simpleString has it. */
export const printType = (type: DataType): string => {
  switch (type.kind) {
    case 'byte':
      return 'tinyint'
    case 'short':
      return 'smallint'
    case 'integer':
      return 'int'
    case 'long':
      return 'bigint'
    case 'decimal':
      return `decimal(${type.precision},${type.scale})`
    case 'array':
      return `array<${printType(type.element)}>`
    case 'map':
      return `map<${printType(type.key)},${printType(type.value)}>`
    case 'struct':
      return `struct<${type.fields.map((field) => `${field.name}:${printType(field.type)}`).join(',')}>`
    default:
      return type.kind
  }
}
