import type { DataType } from '../../types/data-type.ts'
import { javaDouble, javaFloat, plainDecimal } from './java-number.ts'
import type { ScriptValue } from './script-values.ts'

/** The text of a value as Spark hands it to Java. */
export const javaText = (value: ScriptValue, type: DataType): string => {
  switch (type.kind) {
    case 'float':
      return javaFloat(value as number)
    case 'double':
      return javaDouble(value as number)
    case 'decimal':
      return plainDecimal(value as bigint, type.scale)
    default:
      return String(value)
  }
}
