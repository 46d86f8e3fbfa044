import { describe, expect, it } from 'vitest'
import { tableText } from './table-text.ts'

describe('tableText', () => {
  it("looks like Spark's show", () => {
    const text = tableText(
      ['id', 'name'],
      [
        ['1', 'a long text that is cut somewhere'],
        ['22', null],
      ],
      { truncate: 20, more: true },
    )
    expect(text).toBe(
      [
        '+---+--------------------+',
        '| id|                name|',
        '+---+--------------------+',
        '|  1|a long text that ...|',
        '| 22|                NULL|',
        '+---+--------------------+',
        'only showing top 2 rows',
        '',
      ].join('\n'),
    )
  })

  it('keeps a row on one line', () => {
    expect(tableText(['x'], [['a\nb\tc']], { truncate: 0, more: false })).toContain('|a\\nb\\tc|')
  })
})
