import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SqlError } from '../sql/sql-error.ts'
import { ANSI, call, column, named, openPlanRunner, type PlanRunner } from '../testing/plan-fixture.ts'
import { type DecimalType, decimalResult } from '../types/decimal-type.ts'
import { decimalConstant } from './decimal-arithmetic.ts'

type Operator = '+' | '-' | '*' | '/' | '%'

interface Operand {
  readonly unscaled: bigint
  readonly type: DecimalType
}

const ten = (digits: number): bigint => 10n ** BigInt(digits)
const abs = (value: bigint): bigint => (value < 0n ? -value : value)

/** Rounded half away from zero. */
const rounded = (numerator: bigint, denominator: bigint): bigint => {
  const sign = numerator < 0n !== denominator < 0n ? -1n : 1n
  return sign * ((abs(numerator) * 2n + abs(denominator)) / (abs(denominator) * 2n))
}

/** The exact result, rounded once to the type's scale; undefined: it has more digits than the type. */
const reference = (operator: Operator, a: Operand, b: Operand, type: DecimalType): bigint | undefined => {
  const scale = Math.max(a.type.scale, b.type.scale)
  const [x, y] = [a.unscaled * ten(scale - a.type.scale), b.unscaled * ten(scale - b.type.scale)]
  const [numerator, denominator] = {
    '+': [x + y, ten(scale)],
    '-': [x - y, ten(scale)],
    '*': [x * y, ten(2 * scale)],
    '/': [x, y],
    '%': [y === 0n ? 0n : x % y, ten(scale)],
  }[operator] as [bigint, bigint]
  const result = rounded(numerator * ten(type.scale), denominator)
  return abs(result) < ten(type.precision) ? result : undefined
}

const operand: fc.Arbitrary<Operand> = fc
  .record({ precision: fc.integer({ min: 1, max: 38 }), scale: fc.nat(38), digits: fc.integer({ min: 1, max: 38 }) })
  .chain(({ precision, scale, digits }) => {
    const limit = ten(Math.min(precision, digits)) - 1n
    const type: DecimalType = { kind: 'decimal', precision, scale: Math.min(scale, precision) }
    return fc.bigInt({ min: -limit, max: limit }).map((unscaled) => ({ unscaled, type }))
  })

describe('decimal arithmetic against whole numbers', () => {
  let runner: PlanRunner
  beforeAll(async () => {
    runner = await openPlanRunner()
  })
  afterAll(() => runner.close())

  const compute = async (operator: Operator, a: Operand, b: Operand): Promise<string | SqlError> => {
    const inputs = [column(1, 'a', a.type), column(2, 'b', b.type)]
    const result = column(3, 'r', decimalResult(operator, a.type, b.type))
    try {
      const rows = await runner.rows(
        {
          kind: 'project',
          input: {
            kind: 'values',
            output: inputs,
            rows: [[a, b].map(({ unscaled, type }) => ({ kind: 'literal', value: unscaled, type, nullable: false }))],
          },
          items: [named(result, call(operator, inputs))],
          output: [result],
        },
        ANSI,
      )
      return String(rows[0]![0])
    } catch (error) {
      if (error instanceof SqlError) return error
      throw error
    }
  }

  const isOutOfRange = (error: SqlError): boolean =>
    /^(NUMERIC_VALUE_OUT_OF_RANGE|ARITHMETIC_OVERFLOW)/.test(error.condition)

  it.each<Operator>(['+', '-', '*', '/', '%'])(
    '%s is exact, or says that its digits are too many',
    async (operator) => {
      let exact = 0
      await fc.assert(
        fc.asyncProperty(operand, operand, async (a, b) => {
          const outcome = await compute(operator, a, b)
          if ((operator === '/' || operator === '%') && b.unscaled === 0n) {
            expect(outcome).toMatchObject({ condition: operator === '/' ? 'DIVIDE_BY_ZERO' : 'REMAINDER_BY_ZERO' })
            return
          }
          const type = decimalResult(operator, a.type, b.type)
          const expected = reference(operator, a, b, type)
          if (outcome instanceof SqlError) {
            expect(isOutOfRange(outcome), `${outcome.condition}: ${outcome.message}`).toBe(true)
            return
          }
          exact += 1
          expect(expected).toBeDefined()
          const text = outcome.startsWith('.') || outcome.startsWith('-.') ? outcome.replace('.', '0.') : outcome
          expect(text).toBe(decimalConstant(expected!, type.scale))
        }),
        { numRuns: 40 },
      )
      // Most random operands use all their digits; still most results can be computed.
      expect(exact).toBeGreaterThan(12)
    },
  )
})
