import { describe, expect, it } from 'vitest'
import { parseResult } from './results.ts'

describe('parseResult', () => {
  it.each([
    [undefined, undefined],
    ['', undefined],
    [' \n', undefined],
    ['{"a": [1, 2]}\n', '{"a":[1,2]}'],
    ['3', '3'],
    ['"text"', '"text"'],
    ['null', 'null'],
  ])('%j → %j', (written, json) => {
    expect(parseResult(written)).toEqual({ ok: true, json })
  })

  it('refuses text that is no JSON, with what to do', () => {
    expect(parseResult('hello')).toMatchObject({
      ok: false,
      message: expect.stringContaining('text needs double quotes'),
    })
  })

  it('tells a cut result from a wrong one', () => {
    expect(parseResult(`"${'x'.repeat(4095)}`)).toMatchObject({
      ok: false,
      message: expect.stringContaining('longer than 4096 bytes'),
    })
    expect(parseResult(`"${'é'.repeat(3000)}"`)).toMatchObject({
      ok: false,
      message: expect.stringContaining('longer than 4096'),
    })
    expect(parseResult(`"${'x'.repeat(4094)}"`)).toMatchObject({ ok: true })
  })
})
