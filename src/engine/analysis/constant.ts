import type { Expression } from '../plan/expression.ts'

const OPERATORS: Readonly<Record<string, (a: bigint, b: bigint) => bigint>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
}

/** The value of a whole-number expression that depends on no row; undefined when it is none that is known here. Null is null. */
export const constantInteger = (expression: Expression): bigint | null | undefined => {
  if (expression.kind === 'cast') {
    const kind = expression.type.kind
    return kind === 'byte' || kind === 'short' || kind === 'integer' || kind === 'long'
      ? constantInteger(expression.child)
      : undefined
  }
  if (expression.kind === 'literal') {
    const { value } = expression
    if (value === null) return null
    if (expression.type.kind === 'decimal') return undefined
    if (typeof value === 'bigint') return value
    return typeof value === 'number' &&
      Number.isSafeInteger(value) &&
      expression.type.kind !== 'double' &&
      expression.type.kind !== 'float'
      ? BigInt(value)
      : undefined
  }
  if (expression.kind !== 'call') return undefined
  const args = expression.args.map(constantInteger)
  if (args.some((arg) => arg === undefined)) return undefined
  const [a, b] = args
  if (expression.name === 'negative' && a !== undefined) return a === null ? null : -a
  const operator = OPERATORS[expression.name]
  if (!operator || a === undefined || b === undefined) return undefined
  return a === null || b === null ? null : operator(a, b)
}
