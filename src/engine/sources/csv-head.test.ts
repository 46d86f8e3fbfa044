import { describe, expect, it } from 'vitest'
import { type CsvDialect, firstRecord, headerNames } from './csv-head.ts'

const PLAIN: CsvDialect = { delimiter: ',', quote: '"', escape: '"', comment: '' }

describe('the first record of a CSV file', () => {
  it.each<[string, readonly (string | null)[], Partial<CsvDialect>, readonly string[]]>([
    ['plain', ['a,b,', '1,2,3'], {}, ['a', 'b', '']],
    ['quoted', ['"a,""x""",b'], {}, ['a,"x"', 'b']],
    ['over lines', ['"a', null, 'x",b'], {}, ['a\n\nx', 'b']],
    ['spaces in front of a quote', ['a, "x,y"'], {}, ['a', 'x,y']],
    ['a quote inside', ['a"b,c'], {}, ['a"b', 'c']],
    ['no quotes', ['"a,b'], { quote: '' }, ['"a', 'b']],
    ['another escape', ['"a\\"b",c\\d'], { escape: '\\' }, ['a"b', 'c\\d']],
    ['a long delimiter', ['a||b|c'], { delimiter: '||' }, ['a', 'b|c']],
  ])('%s', (_, lines, dialect, fields) => {
    expect(firstRecord(lines, { ...PLAIN, ...dialect })?.fields).toEqual(fields)
  })

  it('comes after blank lines and comments, which are counted', () => {
    expect(firstRecord([null, '#x', '', 'a'], { ...PLAIN, comment: '#' })).toEqual({ line: 4, blank: 2, fields: ['a'] })
  })

  it('is missing from an empty file and where a quote stays open', () => {
    expect(firstRecord([], PLAIN)).toBeUndefined()
    expect(firstRecord(['', null], PLAIN)).toBeUndefined()
    expect(firstRecord(['"a', 'b'], PLAIN)).toBeUndefined()
  })

  it('names columns as Spark does where a header is empty or has a name twice', () => {
    expect(headerNames(['a', '', 'A', 'b'])).toEqual(['a0', '_c1', 'A2', 'b'])
  })
})
