/** The types of values, with Spark's names. Source: Spark SQL reference, "Data Types". */
export type DataType =
  | { readonly kind: 'void' }
  | { readonly kind: 'boolean' }
  | { readonly kind: 'byte' }
  | { readonly kind: 'short' }
  | { readonly kind: 'integer' }
  | { readonly kind: 'long' }
  | { readonly kind: 'float' }
  | { readonly kind: 'double' }
  | { readonly kind: 'decimal'; readonly precision: number; readonly scale: number }
  | { readonly kind: 'string' }
  | { readonly kind: 'binary' }
  | { readonly kind: 'date' }
  /** An instant, shown in the session's time zone (TIMESTAMP_LTZ). */
  | { readonly kind: 'timestamp' }
  | { readonly kind: 'timestamp_ntz' }
  /** Microseconds. Absent fields: day to second. */
  | { readonly kind: 'day-time-interval'; readonly start?: DayTimeField; readonly end?: DayTimeField }
  /** Months. Absent fields: year to month. */
  | { readonly kind: 'year-month-interval'; readonly start?: YearMonthField; readonly end?: YearMonthField }
  | { readonly kind: 'array'; readonly element: DataType; readonly containsNull: boolean }
  | { readonly kind: 'map'; readonly key: DataType; readonly value: DataType; readonly valueContainsNull: boolean }
  | StructType

export type DayTimeField = 'day' | 'hour' | 'minute' | 'second'
export type YearMonthField = 'year' | 'month'

export interface StructType {
  readonly kind: 'struct'
  readonly fields: readonly StructField[]
}

export interface StructField {
  readonly name: string
  readonly type: DataType
  readonly nullable: boolean
}

export const VOID: DataType = { kind: 'void' }
export const BOOLEAN: DataType = { kind: 'boolean' }
export const BYTE: DataType = { kind: 'byte' }
export const SHORT: DataType = { kind: 'short' }
export const INTEGER: DataType = { kind: 'integer' }
export const LONG: DataType = { kind: 'long' }
export const FLOAT: DataType = { kind: 'float' }
export const DOUBLE: DataType = { kind: 'double' }
export const STRING: DataType = { kind: 'string' }
export const BINARY: DataType = { kind: 'binary' }
export const DATE: DataType = { kind: 'date' }
export const TIMESTAMP: DataType = { kind: 'timestamp' }
export const TIMESTAMP_NTZ: DataType = { kind: 'timestamp_ntz' }

export const decimal = (precision: number, scale: number): DataType => ({ kind: 'decimal', precision, scale })
export const array = (element: DataType, containsNull = true): DataType => ({ kind: 'array', element, containsNull })
export const map = (key: DataType, value: DataType, valueContainsNull = true): DataType => ({
  kind: 'map',
  key,
  value,
  valueContainsNull,
})
export const struct = (fields: readonly StructField[]): StructType => ({ kind: 'struct', fields })
