import { userError } from '../../errors.ts'
import type { DataType, StructField, StructType } from '../../types/data-type.ts'
import { simpleString } from '../../types/type-name.ts'

/** A type as Delta's log has it. Source: PROTOCOL.md, "Schema Serialization Format". */
type DeltaType =
  | string
  | { readonly type: 'struct'; readonly fields: readonly DeltaField[] }
  | { readonly type: 'array'; readonly elementType: DeltaType; readonly containsNull: boolean }
  | {
      readonly type: 'map'
      readonly keyType: DeltaType
      readonly valueType: DeltaType
      readonly valueContainsNull: boolean
    }

interface DeltaField {
  readonly name: string
  readonly type: DeltaType
  readonly nullable: boolean
  readonly metadata: Readonly<Record<string, unknown>>
}

export interface DeltaColumn extends StructField {
  /** What files and statistics call it. */
  readonly physical: string
  readonly metadata: Readonly<Record<string, unknown>>
}

const PHYSICAL = 'delta.columnMapping.physicalName'

const SIMPLE: Readonly<Record<string, DataType>> = {
  string: { kind: 'string' },
  long: { kind: 'long' },
  integer: { kind: 'integer' },
  short: { kind: 'short' },
  byte: { kind: 'byte' },
  float: { kind: 'float' },
  double: { kind: 'double' },
  boolean: { kind: 'boolean' },
  binary: { kind: 'binary' },
  date: { kind: 'date' },
  timestamp: { kind: 'timestamp' },
  timestamp_ntz: { kind: 'timestamp_ntz' },
}

const typeOf = (type: DeltaType, table: string, name: string): DataType => {
  if (typeof type === 'string') {
    const [, precision, scale] = /^decimal\((\d+),\s*(\d+)\)$/.exec(type) ?? []
    if (precision !== undefined) return { kind: 'decimal', precision: Number(precision), scale: Number(scale) }
    const known = SIMPLE[type]
    if (known === undefined)
      throw userError(`the column ${name} of the Delta table ${table} has the type ${type}, which is not supported`)
    return known
  }
  switch (type.type) {
    case 'array':
      return { kind: 'array', element: typeOf(type.elementType, table, name), containsNull: type.containsNull }
    case 'map':
      return {
        kind: 'map',
        key: typeOf(type.keyType, table, name),
        value: typeOf(type.valueType, table, name),
        valueContainsNull: type.valueContainsNull,
      }
    case 'struct': {
      const mapped = type.fields.find(({ name: field, metadata }) => (metadata?.[PHYSICAL] ?? field) !== field)
      if (mapped !== undefined)
        throw userError(
          `the column ${name} of the Delta table ${table} has fields that its files call otherwise (columnMapping in a struct), which is not supported`,
        )
      return {
        kind: 'struct',
        fields: type.fields.map((field) => ({
          name: field.name,
          type: typeOf(field.type, table, `${name}.${field.name}`),
          nullable: field.nullable,
        })),
      }
    }
  }
}

/** Throws EngineError for a type that is not known. */
export const deltaColumns = (schemaString: string, table: string): readonly DeltaColumn[] => {
  const { fields } = JSON.parse(schemaString) as { readonly fields: readonly DeltaField[] }
  return fields.map(({ name, type, nullable, metadata }) => ({
    name,
    type: typeOf(type, table, name),
    nullable,
    physical: String(metadata?.[PHYSICAL] ?? name),
    metadata: metadata ?? {},
  }))
}

const written = (type: DataType, name: string): DeltaType => {
  switch (type.kind) {
    case 'decimal':
      return `decimal(${type.precision},${type.scale})`
    case 'array':
      return { type: 'array', elementType: written(type.element, name), containsNull: true }
    case 'map':
      return {
        type: 'map',
        keyType: written(type.key, name),
        valueType: written(type.value, name),
        valueContainsNull: true,
      }
    case 'struct':
      return { type: 'struct', fields: fieldsOf(type) }
    default: {
      if (SIMPLE[type.kind] === undefined)
        throw userError(`the column ${name} of type ${simpleString(type)} cannot be stored in a Delta table: cast it`)
      return type.kind
    }
  }
}

const fieldsOf = ({ fields }: StructType): readonly DeltaField[] =>
  fields.map(({ name, type }) => ({ name, type: written(type, name), nullable: true, metadata: {} }))

/** The schema of a new table; every column may be null. Throws EngineError for types that Delta has not. */
export const schemaString = (schema: StructType): string => JSON.stringify({ type: 'struct', fields: fieldsOf(schema) })
