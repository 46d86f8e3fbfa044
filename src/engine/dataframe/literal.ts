import { userError } from '../errors.ts'
import type { ExpressionSyntax } from '../sql/syntax.ts'
import { BINARY, BOOLEAN, type DataType, DOUBLE, INTEGER, LONG, STRING, TIMESTAMP, VOID } from '../types/data-type.ts'

/** A constant of the program. Whole numbers are int where they fit, else bigint; a Date is a timestamp. */
export type Literal = string | number | bigint | boolean | Date | Uint8Array | null | readonly Literal[]

export const literalSyntax = (value: Literal): ExpressionSyntax => {
  if (Array.isArray(value))
    return { kind: 'call', name: 'array', args: (value as readonly Literal[]).map((item) => literalSyntax(item)) }
  return plain(value as Exclude<Literal, readonly Literal[]>)
}

const plain = (value: Exclude<Literal, readonly Literal[]>): ExpressionSyntax => {
  const of = (type: DataType, inner: string | number | bigint | boolean | Uint8Array | null): ExpressionSyntax => ({
    kind: 'literal',
    value: inner,
    type,
  })
  if (value === null) return of(VOID, null)
  if (value instanceof Date) {
    if (Number.isNaN(value.getTime())) throw userError('an invalid Date is no timestamp')
    return of(TIMESTAMP, BigInt(value.getTime()) * 1000n)
  }
  if (value instanceof Uint8Array) return of(BINARY, value)
  switch (typeof value) {
    case 'string':
      return of(STRING, value)
    case 'boolean':
      return of(BOOLEAN, value)
    case 'bigint':
      return of(LONG, whole(value))
    case 'number':
      if (!Number.isSafeInteger(value) || Object.is(value, -0)) return of(DOUBLE, value)
      return value >= -(2 ** 31) && value < 2 ** 31 ? of(INTEGER, value) : of(LONG, BigInt(value))
    default:
      throw userError(`${String(value)} is not a constant that a column can be compared with`)
  }
}

const whole = (value: bigint): bigint => {
  if (BigInt.asIntN(64, value) !== value) throw userError(`${value} does not fit into a bigint column`)
  return value
}
