import fc from 'fast-check'
import { expect, test } from 'vitest'
import { splitLines } from './lines.ts'

const split = async (chunks: readonly string[]): Promise<{ lines: string[]; rest: string }> => {
  const lines: string[] = []
  let rest = ''
  const source = async function* (): AsyncGenerator<string> {
    yield* chunks
  }
  for await (const batch of splitLines(source())) {
    if (batch.kind === 'lines') lines.push(...batch.lines)
    else rest = batch.text
  }
  return { lines, rest }
}

test('lines are the same wherever the chunks were cut', async () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '\n', 'ä'), maxLength: 60 })
  await fc.assert(
    fc.asyncProperty(text, fc.array(fc.nat(60), { maxLength: 8 }), async (whole, cuts) => {
      const at = [0, ...cuts.filter((cut) => cut <= whole.length).sort((a, b) => a - b), whole.length]
      const chunks = at.slice(1).map((end, index) => whole.slice(at[index], end))
      const parts = whole.split('\n')
      expect(await split(chunks)).toEqual({ lines: parts.slice(0, -1), rest: parts.at(-1) })
    }),
  )
})
