import type { DataType } from '../types/data-type.ts'
import { isDatetime, isInterval, isNumeric, sameType } from '../types/same-type.ts'

/** Whether Spark has the cast at all. Source: Spark's Cast.canAnsiCast and Cast.canCast. */
export const castAllowed = (from: DataType, to: DataType, mode: 'ansi' | 'try' | 'legacy'): boolean => {
  if (sameType(from, to) || from.kind === 'void') return true
  if (from.kind === 'array' && to.kind === 'array') return castAllowed(from.element, to.element, mode)
  if (from.kind === 'map' && to.kind === 'map') {
    return castAllowed(from.key, to.key, mode) && castAllowed(from.value, to.value, mode)
  }
  if (from.kind === 'struct' && to.kind === 'struct') {
    return (
      from.fields.length === to.fields.length &&
      from.fields.every((field, index) => castAllowed(field.type, to.fields[index]!.type, mode))
    )
  }
  if (to.kind === 'string') return true
  if (from.kind === 'string')
    return to.kind !== 'array' && to.kind !== 'map' && to.kind !== 'struct' && to.kind !== 'void'
  if (isNumeric(from) && isNumeric(to)) return true
  if (from.kind === 'boolean') return isNumeric(to) || (mode === 'legacy' && to.kind === 'timestamp')
  if (to.kind === 'boolean')
    return isNumeric(from) || (mode === 'legacy' && isDatetime(from) && from.kind !== 'timestamp_ntz')
  if (isDatetime(from) && isDatetime(to)) return true
  if (from.kind === 'timestamp') return isNumeric(to)
  if (to.kind === 'timestamp') return isNumeric(from)
  if (isInterval(from)) return from.kind === to.kind || (isNumeric(to) && to.kind !== 'float' && to.kind !== 'double')
  if (isInterval(to)) return isNumeric(from) && from.kind !== 'float' && from.kind !== 'double'
  if (to.kind === 'binary') return mode === 'legacy' && isNumeric(from) && from.kind !== 'decimal'
  return false
}
