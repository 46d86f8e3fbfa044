import { describe, expect, it } from 'vitest'
import { confBoolean, confBytes, confChoice, parseBytes, parseDuration } from './conf.ts'

describe('sizes and times of Spark properties', () => {
  it.each([
    ['512m', 512 * 2 ** 20],
    ['1g', 2 ** 30],
    ['1.5G', 1.5 * 2 ** 30],
    ['64kb', 64 * 2 ** 10],
    ['123', 123],
  ])('%s is %d bytes', (text, bytes) => expect(parseBytes(text)).toBe(bytes))

  it.each([
    ['250ms', 250],
    ['30s', 30_000],
    ['2min', 120_000],
    ['1h', 3_600_000],
  ])('%s is %d ms', (text, ms) => expect(parseDuration(text)).toBe(ms))

  it('names the property and what it wants when a value makes no sense', () => {
    const conf = { 'spark.driver.maxResultSize': 'lots', a: 'maybe', b: 'xml' }
    expect(() => confBytes(conf, 'spark.driver.maxResultSize', 1)).toThrow(
      'spark.driver.maxResultSize is "lots"; it wants a size',
    )
    expect(() => confBoolean(conf, 'a', true)).toThrow('a is "maybe"')
    expect(() => confChoice(conf, 'b', 'table', ['table', 'json'])).toThrow('b is "xml"; it wants table or json')
  })
})
