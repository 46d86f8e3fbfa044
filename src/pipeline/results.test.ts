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
    ['12345678901234567890', '12345678901234567890'],
    ['{"a": [1.0, 1e20, -0]}', '{"a":[1.0,1e20,-0]}'],
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
      message: expect.stringContaining('4096 bytes or more'),
    })
    expect(parseResult(`"${'é'.repeat(3000)}"`)).toMatchObject({
      ok: false,
      message: expect.stringContaining('4096 bytes or more'),
    })
    expect(parseResult(`"${'x'.repeat(4093)}"`)).toMatchObject({ ok: true })
  })

  it('never takes a number that was cut for the whole of it', () => {
    expect(parseResult('7'.repeat(4096))).toMatchObject({
      ok: false,
      message: expect.stringContaining('4096 bytes or more'),
    })
    // Of a pod with many containers kubelet keeps less.
    expect(parseResult(`[${'7'.repeat(3000)}]`)).toMatchObject({
      ok: false,
      message: expect.stringContaining('beyond 1.8e308'),
    })
  })
})
