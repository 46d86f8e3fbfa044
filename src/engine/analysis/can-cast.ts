import type { DataType } from '../types/data-type.ts'
import { isDatetime, isIntegral, isInterval, isNumeric, sameType } from '../types/same-type.ts'

/** Whether CAST may be written between the types. Source: Spark's Cast.canAnsiCast and Cast.canCast. */
export const canCast = (from: DataType, to: DataType, ansi: boolean): boolean => {
  if (sameType(from, to) || from.kind === 'void') return true
  if (to.kind === 'string') return true
  if (from.kind === 'string')
    return to.kind !== 'array' && to.kind !== 'map' && to.kind !== 'struct' && to.kind !== 'void'
  if (from.kind === 'array') return to.kind === 'array' && canCast(from.element, to.element, ansi)
  if (from.kind === 'map')
    return to.kind === 'map' && canCast(from.key, to.key, ansi) && canCast(from.value, to.value, ansi)
  if (from.kind === 'struct')
    return (
      to.kind === 'struct' &&
      from.fields.length === to.fields.length &&
      from.fields.every((field, index) => canCast(field.type, to.fields[index]!.type, ansi))
    )
  if (isNumeric(from))
    return (
      isNumeric(to) ||
      to.kind === 'boolean' ||
      to.kind === 'timestamp' ||
      (to.kind === 'binary' && !ansi && isIntegral(from)) ||
      (isInterval(to) && from.kind !== 'float' && from.kind !== 'double')
    )
  if (from.kind === 'boolean') return isNumeric(to) || (to.kind === 'timestamp' && !ansi)
  if (isDatetime(from))
    return (
      isDatetime(to) ||
      (from.kind === 'timestamp' && isNumeric(to)) ||
      (!ansi && from.kind === 'timestamp' && to.kind === 'boolean')
    )
  if (isInterval(from)) return from.kind === to.kind || (isNumeric(to) && to.kind !== 'float' && to.kind !== 'double')
  return false
}

/** Spark's condition for a cast that ANSI mode does not have: some have a function in its place, some are there without ANSI. */
export const refusedCast = (from: DataType, to: DataType): string => {
  if ((isNumeric(from) && to.kind === 'date') || (from.kind === 'date' && isNumeric(to)))
    return 'DATATYPE_MISMATCH.CAST_WITH_FUNC_SUGGESTION'
  const there = canCast(from, to, false) || (from.kind === 'date' && to.kind === 'boolean')
  return there ? 'DATATYPE_MISMATCH.CAST_WITH_CONF_SUGGESTION' : 'DATATYPE_MISMATCH.CAST_WITHOUT_SUGGESTION'
}
