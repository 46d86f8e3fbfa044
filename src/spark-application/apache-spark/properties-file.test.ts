import fc from 'fast-check'
import { expect, test } from 'vitest'
import { propertiesText } from './properties-file.ts'

/** java.util.Properties.load and Spark's trimming of values, as far as our text uses them. */
const read = (text: string): Record<string, string> => {
  const unescaped = (part: string): string =>
    part.replace(/\\(u([0-9a-f]{4})|.)/g, (_, char: string, code?: string) =>
      code === undefined
        ? ({ n: '\n', r: '\r', t: '\t', f: '\f' }[char] ?? char)
        : String.fromCharCode(Number.parseInt(code, 16)),
    )
  return Object.fromEntries(
    text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => {
        const match = /^((?:\\.|[^\\ :=])+)=(.*)$/.exec(line)
        return [unescaped(match?.[1] ?? ''), unescaped(match?.[2]?.trim() ?? '')]
      }),
  )
}

test('what is written is read back, whatever it is', () => {
  const key = fc.string({ minLength: 1, unit: 'binary' })
  fc.assert(
    fc.property(fc.dictionary(key, fc.string({ unit: 'binary' }), { noNullPrototype: true }), (properties) => {
      expect(read(propertiesText(properties))).toEqual(properties)
    }),
  )
})

test('keys are in order and special characters escaped', () => {
  expect(propertiesText({ b: 'C:\\x', a: ' ü\n', 'k=1': '' })).toBe('a=\\u0020\\u00fc\\n\nb=C:\\\\x\nk\\=1=\n')
})
