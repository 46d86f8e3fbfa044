import { expect, test } from 'vitest'
import { parseQuery, parseStatements } from './parse.ts'
import { printPlan } from './testing/print-plan.ts'
import { SPARK_SNIPPETS } from './testing/spark-snippets.ts'
import { withoutSpans } from './testing/without-spans.ts'

const OPTIONS = { timeZone: 'UTC' }

test.each(SPARK_SNIPPETS)('%s', (text) => {
  const plan = withoutSpans(parseQuery(text, OPTIONS))
  expect(withoutSpans(parseQuery(printPlan(plan), OPTIONS))).toEqual(plan)
})

test('the snippets are one script, too', () => {
  const script = SPARK_SNIPPETS.map((text) => `${text}\n;`).join('\n')
  expect(parseStatements(script, OPTIONS)).toHaveLength(SPARK_SNIPPETS.length)
})
