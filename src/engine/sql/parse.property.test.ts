import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseDataType, parseExpression, parseQuery } from './parse.ts'
import { printExpression, printType } from './testing/print-expression.ts'
import { printPlan } from './testing/print-plan.ts'
import { dataTypeArbitrary, expressionArbitrary, planArbitrary } from './testing/syntax-arbitrary.ts'
import { withoutSpans } from './testing/without-spans.ts'

const OPTIONS = { timeZone: 'Europe/Berlin' }
const RUNS = { seed: 4, numRuns: 400 }

test('a type that is printed parses to itself', () => {
  fc.assert(
    fc.property(dataTypeArbitrary, (type) => {
      expect(parseDataType(printType(type))).toEqual(type)
    }),
    RUNS,
  )
})

test('an expression that is printed parses to itself', () => {
  fc.assert(
    fc.property(expressionArbitrary, (expression) => {
      const text = printExpression(expression, printPlan)
      expect(withoutSpans(parseExpression(text, OPTIONS))).toEqual(expression)
    }),
    RUNS,
  )
})

test('a query that is printed parses to itself', () => {
  fc.assert(
    fc.property(planArbitrary, (plan) => {
      expect(withoutSpans(parseQuery(printPlan(plan), OPTIONS))).toEqual(plan)
    }),
    RUNS,
  )
})
