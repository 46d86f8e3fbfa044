import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { escapeExpansion, render, type Scope } from './render.ts'
import { parseTemplate } from './template.ts'

const scope: Scope = {
  run: { name: 'daily', namespace: 'team' },
  params: new Map([
    ['city', 'Oslo'],
    ['braces', '{{ params.city }}'],
  ]),
  tasks: {
    state: (name) => (name === 'count' || name === 'text' ? 'success' : name === 'off' ? 'skipped' : undefined),
    result: (name) =>
      ({ count: '{"rows": 3, "by": [{"sex": "f"}], "a.b": null, "__proto__": {"x": 1}}', text: '"hi"' })[name],
  },
}

const filled = (text: string, limit?: number): string => {
  const parsed = parseTemplate(text)
  if (!parsed.ok) return `ERROR ${parsed.message}`
  const rendered = render(parsed.template, scope, undefined, limit)
  return rendered.ok ? rendered.text : `ERROR ${rendered.message}`
}

describe('templates', () => {
  it.each([
    ['no templates', 'no templates'],
    ['{{ params.city }}', 'Oslo'],
    ['{{params.city}}-{{ run.name }}.{{ run.namespace }}', 'Oslo-daily.team'],
    ['{{ tasks.count.result.rows }} rows', '3 rows'],
    ['{{ tasks.count.result.by[0].sex }}', 'f'],
    ['{{ tasks.count.result["a.b"] }}', 'null'],
    ['{{ tasks.count.result.by }}', '[{"sex":"f"}]'],
    ['{{ tasks["count"].result.rows }}', '3'],
    ['{{ tasks.text.result }}', 'hi'],
    ['{{ tasks.off.state }}', 'skipped'],
    ["{{ '{{ x }}' }}", '{{ x }}'],
    ['{{ "}}" }} and } and {', '}} and } and {'],
    ['{{ params.braces }}', '{{ params.city }}'],
  ])('%s → %s', (text, expected) => {
    expect(filled(text)).toBe(expected)
  })

  it.each([
    ['{{ }}', 'not understood'],
    ['{{ city }}', 'not understood'],
    ['{{ params.city | upper }}', 'not understood'],
    ['{{ params.city.length }}', 'not understood'],
    ['{{ 1 + 1 }}', 'not understood'],
    ['{{ tasks.count }}', 'not understood'],
    ['{{ params.city', 'no closing braces'],
    ['{{ params.constructor }}', "no parameter 'constructor'"],
    ['{{ tasks.toString.result }}', "no task 'toString'"],
    ['{{ tasks.off.result }}', 'has no result'],
    ['{{ tasks.count.result.constructor }}', "'constructor' is asked of object"],
    ['{{ tasks.count.result.by.length.x }}', "'x' is asked of number"],
    ['{{ tasks.count.result.by[7] }}', 'a list of 1'],
    ['{{ tasks.text.result.length }}', "'length' is asked of string"],
  ])('%s: %s', (text, message) => {
    expect(filled(text)).toMatch(/^ERROR /)
    expect(filled(text)).toContain(message)
  })

  it('sees a field that is named like a prototype only where the result has it', () => {
    expect(filled('{{ tasks.count.result.__proto__.x }}')).toBe('1')
    expect(filled('{{ tasks.count.result.by[0].__proto__ }}')).toContain("'__proto__' is asked of object")
  })

  it('has a bound on what comes out', () => {
    expect(filled('{{ params.city }}'.repeat(1000), 100)).toContain('longer than 100 characters')
  })

  it('takes any text without throwing, and text without braces as it is', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('{{', '}}', "'", '"', '.', 'tasks', 'params', 'x', ' ', '[0]', '\n') }),
        (text) => {
          const out = filled(text)
          if (!text.includes('{{')) expect(out).toBe(text)
        },
      ),
    )
  })
})

describe('escapeExpansion', () => {
  it('comes through the expansion of Kubernetes as it was', () => {
    // Source: kubernetes third_party/forked/golang/expansion, for text in which every $ is doubled.
    const expanded = (text: string) => text.replace(/\$\$/g, '$')
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('$', '(', ')', 'HOME', 'x') }), (text) => {
        expect(expanded(escapeExpansion(text))).toBe(text)
      }),
    )
  })
})
