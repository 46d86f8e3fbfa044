import { describe, expect, it } from 'vitest'
import { MAX_SUMMARY_BYTES, resultJson, summaryText } from './result-summary.ts'

const parsed = (text: string | undefined): Record<string, unknown> => JSON.parse(text ?? '{}').resultSummary

describe('the summary of a run', () => {
  it('says nothing where there is nothing', () => {
    expect(summaryText({ written: [] })).toBeUndefined()
  })

  it('holds the last result with its rows as they are', () => {
    const shown = {
      columns: ['id', 'what'],
      rows: [
        ['12345678901234567890', '"é"'],
        ['null', 'NaN'],
      ],
      hasMore: false,
    }
    expect(parsed(summaryText({ shown, written: [] }))).toEqual({
      rows: 2,
      columns: ['id', 'what'],
      firstRows: '[{"id":12345678901234567890,"what":"é"},{"id":null,"what":"NaN"}]',
    })
  })

  it('names no rows by columns that share a name', () => {
    const shown = { columns: ['a', 'a'], rows: [['1', '2']], hasMore: true }
    expect(parsed(summaryText({ shown, written: [] }))).toEqual({ rows: 1, hasMore: true, columns: ['a', 'a'] })
  })

  it('keeps to its size: counts before columns, the newest files, whole rows', () => {
    const wide = { columns: ['x'.repeat(5000)], rows: [['1']], hasMore: false }
    expect(parsed(summaryText({ shown: wide, written: [] }))).toEqual({ rows: 1 })
    const many = { columns: ['a'], rows: Array.from({ length: 5000 }, (_, row) => [`"${row}é"`]), hasMore: false }
    const text = summaryText({ shown: many, written: [] }) ?? ''
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(MAX_SUMMARY_BYTES)
    expect(Buffer.byteLength(text)).toBeGreaterThan(MAX_SUMMARY_BYTES - 50)
    const rows = JSON.parse(String(parsed(text).firstRows))
    expect(rows.at(-1)).toEqual({ a: `${rows.length - 1}é` })
    const written = Array.from({ length: 200 }, (_, part) => ({ location: `/out/${part}`, files: 1, rows: part }))
    const files = parsed(summaryText({ written })).written as typeof written
    expect(files.length).toBeGreaterThan(20)
    expect(files).toEqual(written.slice(-files.length))
  })
})

describe('setResult', () => {
  it('takes what JSON can hold, with all digits', () => {
    expect(resultJson({ n: 2n ** 64n, at: new Date(0), list: [1, null, 'é'] })).toBe(
      '{"n":18446744073709551616,"at":"1970-01-01T00:00:00.000Z","list":[1,null,"é"]}',
    )
    expect(resultJson(null)).toBe('null')
  })

  it.each([
    [undefined, 'setResult: undefined is no JSON value'],
    [() => 1, 'it holds a function'],
    [{ a: Number.NaN }, 'NaN is no number of JSON'],
    [[new Map()], 'it holds a Map; make a plain object or list of it'],
    [new Uint8Array(2), 'it holds a Uint8Array'],
    ['x'.repeat(4000), 'the value has 4002 bytes of JSON and does not fit into 3072'],
  ])('refuses %s', (value, message) => {
    expect(() => resultJson(value)).toThrow(message)
  })

  it('refuses a circle', () => {
    const circle: { self?: unknown } = {}
    circle.self = circle
    expect(() => resultJson(circle)).toThrow('setResult: the value is no JSON')
  })
})
