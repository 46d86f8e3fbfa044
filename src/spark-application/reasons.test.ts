import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { APPLICATION_STATES } from '../api/spark-application-status.ts'
import { REASONS } from './reasons.ts'

const page = readFileSync(join(import.meta.dirname, '../../docs/spark-application.md'), 'utf8')

test('the page lists every reason with its cause and next step, and no other', () => {
  const rows = Object.entries(REASONS).map(
    ([reason, entry]) => `| \`${reason}\` | ${entry.cause} | ${entry.nextStep || '—'} |`,
  )
  const table = page.slice(page.indexOf('## Reasons'))
  expect(table.split('\n').filter((line) => line.startsWith('| `'))).toEqual(rows)
})

test('the page explains every state', () => {
  for (const state of APPLICATION_STATES) expect(page).toContain(`\`${state}\``)
})

test('every reason that asks for something says what', () => {
  for (const [reason, { severity, nextStep }] of Object.entries(REASONS))
    expect(severity === 'Normal' || nextStep !== '', reason).toBe(true)
})
