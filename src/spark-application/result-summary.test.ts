import { expect, it } from 'vitest'
import { resultSummaryIn } from './result-summary.ts'

it('reads what a driver left', () => {
  const resultSummary = {
    rows: 2,
    hasMore: true,
    columns: ['a'],
    firstRows: '[{"a":12345678901234567890}]',
    written: [{ location: '/out', files: 1, rows: 3 }],
    value: 'null',
  }
  expect(resultSummaryIn(JSON.stringify({ resultSummary, more: 1 }))).toEqual(resultSummary)
  expect(resultSummaryIn(JSON.stringify({ resultSummary: { rows: 0, later: 'x' } }))).toEqual({ rows: 0 })
})

it.each([
  undefined,
  '',
  'done',
  'null',
  '[1]',
  '{"rows":2}',
  '{"resultSummary":null}',
  '{"resultSummary":{}}',
  '{"resultSummary":{"rows":-1}}',
  '{"resultSummary":{"rows":"2"}}',
  '{"resultSummary":{"value":"not json"}}',
  '{"resultSummary":{"rows":1,"firstRows":"[{"}}',
  `{"resultSummary":{"value":${JSON.stringify(`"${'x'.repeat(4000)}"`)}}}`,
  '{"resultSummary":{"rows":2',
])('takes %j for nothing', (message) => {
  expect(resultSummaryIn(message)).toBeUndefined()
})
