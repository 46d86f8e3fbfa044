import type { DataType } from './data-type.ts'

export type DecimalType = Extract<DataType, { kind: 'decimal' }>

export const MAX_PRECISION = 38
const MIN_ADJUSTED_SCALE = 6

/** The decimal that holds every value of an integral type; for float and double Spark's default. Source: DecimalType.forType. */
export const decimalFor = (type: DataType): DecimalType => {
  switch (type.kind) {
    case 'byte':
      return make(3, 0)
    case 'short':
      return make(5, 0)
    case 'integer':
      return make(10, 0)
    case 'long':
      return make(20, 0)
    case 'float':
      return make(14, 7)
    case 'double':
      return make(30, 15)
    case 'decimal':
      return type
    default:
      return make(38, 18)
  }
}

const make = (precision: number, scale: number): DecimalType => ({ kind: 'decimal', precision, scale })

/** The narrowest decimal of an integer constant. Source: DecimalType.fromLiteral. */
export const decimalOfInteger = (value: bigint): DecimalType => make(String(value < 0n ? -value : value).length, 0)

/** Cuts fraction digits, down to 6, to leave room for the integral ones. Source: DecimalType.adjustPrecisionScale. */
export const adjusted = (precision: number, scale: number): DecimalType => {
  if (precision <= MAX_PRECISION) return make(precision, scale)
  const integral = precision - scale
  return make(MAX_PRECISION, Math.max(MAX_PRECISION - integral, Math.min(scale, MIN_ADJUSTED_SCALE)))
}

export type ArithmeticOperator = '+' | '-' | '*' | '/' | '%' | 'div'

/** Type of a decimal operation, spark.sql.decimalOperations.allowPrecisionLoss being true. Source: Spark's arithmetic.scala. */
export const decimalResult = (operator: ArithmeticOperator, a: DecimalType, b: DecimalType): DecimalType => {
  const [p1, s1, p2, s2] = [a.precision, a.scale, b.precision, b.scale]
  switch (operator) {
    case '+':
    case '-': {
      const scale = Math.max(s1, s2)
      return adjusted(Math.max(p1 - s1, p2 - s2) + scale + 1, scale)
    }
    case '*':
      return adjusted(p1 + p2 + 1, s1 + s2)
    case '/': {
      const scale = Math.max(MIN_ADJUSTED_SCALE, s1 + p2 + 1)
      return adjusted(p1 - s1 + s2 + scale, scale)
    }
    case '%': {
      const scale = Math.max(s1, s2)
      return adjusted(Math.min(p1 - s1, p2 - s2) + scale, scale)
    }
    case 'div':
      return make(Math.min(p1 - s1 + s2 || 1, MAX_PRECISION), 0)
  }
}

/** Holds the values of both; beyond 38 digits the fraction gives way. Source: DecimalType.boundedPreferIntegralDigits. */
export const widerDecimal = (a: DecimalType, b: DecimalType): DecimalType => {
  const scale = Math.max(a.scale, b.scale)
  const precision = Math.max(a.precision - a.scale, b.precision - b.scale) + scale
  if (precision <= MAX_PRECISION) return make(precision, scale)
  return make(MAX_PRECISION, Math.max(0, scale - (precision - MAX_PRECISION)))
}

/** At most 38 digits each. Source: DecimalType.bounded. */
export const bounded = (precision: number, scale: number): DecimalType =>
  make(Math.min(precision, MAX_PRECISION), Math.min(scale, MAX_PRECISION))
