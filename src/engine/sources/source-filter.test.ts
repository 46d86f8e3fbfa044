import { describe, expect, it } from 'vitest'
import { type Comparison, type FilterValue, mightMatch } from './source-filter.ts'

const number = (text: string): FilterValue => ({ kind: 'number', text })
const bounds = (min: string | undefined, max: string | undefined, nulls = 0) => ({ min, max, nulls })

describe('what bounds say of a filter', () => {
  it.each<[Comparison, string, boolean]>([
    ['=', '4', false],
    ['=', '5', true],
    ['=', '9', true],
    ['=', '10', false],
    ['<', '5', false],
    ['<', '6', true],
    ['<=', '5', true],
    ['<=', '4', false],
    ['>', '9', false],
    ['>', '8', true],
    ['>=', '9', true],
    ['>=', '10', false],
  ])('5 to 9 %s %s: %s', (how, text, expected) => {
    expect(mightMatch({ kind: 'compare', column: 'a', how, value: number(text) }, bounds('5', '9'), 10)).toBe(expected)
  })

  it('keeps what it cannot tell', () => {
    const filter = { kind: 'compare', column: 'a', how: '=', value: number('1') } as const
    expect(mightMatch(filter, undefined, 10)).toBe(true)
    expect(mightMatch(filter, bounds(undefined, undefined), 10)).toBe(true)
    expect(mightMatch(filter, bounds('x', 'y'), 10)).toBe(true)
    expect(
      mightMatch({ ...filter, value: number('9007199254740993.5') }, bounds('9007199254740993', '9007199254740993'), 1),
    ).toBe(true)
  })

  it('knows nulls', () => {
    const filter = { kind: 'compare', column: 'a', how: '=', value: number('1') } as const
    expect(mightMatch(filter, bounds(undefined, undefined, 10), 10)).toBe(false)
    expect(mightMatch({ kind: 'null', column: 'a', not: true }, bounds(undefined, undefined, 10), 10)).toBe(false)
    expect(mightMatch({ kind: 'null', column: 'a', not: false }, bounds('1', '1', 0), 10)).toBe(false)
    expect(mightMatch({ kind: 'null', column: 'a', not: false }, bounds('1', '1', 1), 10)).toBe(true)
  })

  it('compares texts by bytes, dates and times by their value', () => {
    const equal = (value: FilterValue, min: string, max = min) =>
      mightMatch({ kind: 'compare', column: 'a', how: '=', value }, bounds(min, max), 1)
    expect(equal({ kind: 'string', text: 'é' }, 'z', 'ü')).toBe(true)
    expect(equal({ kind: 'string', text: 'a' }, 'b')).toBe(false)
    expect(equal({ kind: 'date', text: '2026-01-02' }, '2026-01-01')).toBe(false)
    const time = { kind: 'timestamp', text: '2026-01-01 10:00:00.000001', instant: true } as const
    expect(equal(time, '2026-01-01T10:00:00.000Z', '2026-01-01T10:00:00.000999Z')).toBe(true)
    expect(equal(time, '2026-01-01T10:00:00.001Z')).toBe(false)
  })
})
