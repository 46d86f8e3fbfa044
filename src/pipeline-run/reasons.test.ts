import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { REASONS } from './reasons.ts'

describe('docs/pipelines.md', () => {
  it('shows every reason of a run', () => {
    const page = readFileSync(new URL('../../docs/pipelines.md', import.meta.url), 'utf8')
    const shown = page.slice(page.indexOf('<!-- reasons -->'), page.indexOf('<!-- /reasons -->'))
    const rows = Object.entries(REASONS).map(
      ([reason, { cause, nextStep }]) => `| \`${reason}\` | ${cause} | ${nextStep} |`,
    )
    expect(shown.trim().split('\n').slice(3)).toEqual(rows)
  })
})
