import { describe, expect, it } from 'vitest'
import { changeLines, Progress, screen } from './progress.ts'
import type { Unit } from './unit.ts'

const unit = (fields: Partial<Unit> = {}): Unit => ({
  kind: 'SparkApplication',
  namespace: 'default',
  name: 'flights',
  state: 'RUNNING',
  outcome: 'open',
  attempt: 1,
  executors: undefined,
  message: undefined,
  tasks: [],
  ...fields,
})

describe('changeLines', () => {
  it('says nothing of a unit that did not change', () => {
    expect(changeLines(unit(), unit())).toEqual([])
  })

  it('says nothing before the first status', () => {
    expect(changeLines(undefined, unit({ state: 'new' }))).toEqual([])
  })

  it('names the state, the attempt and the cause', () => {
    const failed = unit({ state: 'FAILED', attempt: 2, message: 'exit code 3' })
    expect(changeLines(unit(), failed)).toEqual(['SparkApplication/flights FAILED (attempt 2): exit code 3'])
  })

  it('tells a cause once', () => {
    const failing = unit({ state: 'FAILING', message: 'exit code 3' })
    expect(changeLines(failing, { ...failing, state: 'FAILED' })).toEqual(['SparkApplication/flights FAILED'])
    const tasks = [{ name: 'a', state: 'failed', message: 'exit code 3', result: undefined }]
    const run = unit({ state: 'failed', outcome: 'failed', message: "Task 'a' failed: exit code 3", tasks })
    expect(changeLines(unit(), run)).toEqual([
      'SparkApplication/flights task a failed: exit code 3',
      'SparkApplication/flights failed',
    ])
  })

  it('tells of executors as they come up, once', () => {
    const one = unit({ executors: { running: 1, requested: 2 } })
    expect(changeLines(unit(), one)).toEqual(['SparkApplication/flights 1 of 2 executors running'])
    expect(changeLines(one, one)).toEqual([])
  })

  it('tells of tasks whose state moved', () => {
    const task = (state: string) => [{ name: 'count', state, message: undefined, result: undefined }]
    const before = unit({ kind: 'PipelineRun', tasks: task('queued') })
    const after = unit({ kind: 'PipelineRun', tasks: task('success') })
    expect(changeLines(before, after)).toEqual(['PipelineRun/flights task count success'])
  })

  it('tells what a task waits for once that is known', () => {
    const task = (message?: string) => [{ name: 'count', state: 'queued', message, result: undefined }]
    const before = unit({ kind: 'PipelineRun', tasks: task() })
    const after = unit({ kind: 'PipelineRun', tasks: task('secret "s" not found') })
    expect(changeLines(before, after)).toEqual(['PipelineRun/flights task count queued: secret "s" not found'])
    expect(changeLines(after, after)).toEqual([])
  })
})

describe('screen', () => {
  it('clips lines to the width and units to the height', () => {
    const units = Array.from({ length: 30 }, (_, index) => unit({ name: `application-number-${index}` }))
    const lines = screen(units, () => 3, { width: 20, height: 10 })
    expect(lines).toHaveLength(10)
    expect(lines.every((line) => line.length <= 20)).toBe(true)
    expect(lines.at(-1)).toBe('  and 21 more')
  })
})

/** A terminal that keeps what it is shown: newline, cursor up and erase below are all that Progress uses. */
const terminal = (columns: number, rows: number) => {
  const shown: string[] = ['']
  const write = (text: string): boolean => {
    for (const part of text.split('\u001b[0J').flatMap((each) => each.split('\u001b'))) {
      const [, up, letters] = /^(?:\[(\d+)A)?(.*)$/s.exec(part) ?? []
      if (up !== undefined) shown.splice(Math.max(0, shown.length - 1 - Number(up)), Infinity, '')
      for (const letter of letters ?? '') {
        if (letter === '\n') shown.push('')
        else if (shown.at(-1)!.length === columns) shown.push(letter)
        else shown[shown.length - 1] += letter
      }
    }
    return true
  }
  return { stream: { isTTY: true, columns, rows, write } as unknown as NodeJS.WriteStream, shown }
}

describe('Progress on a terminal', () => {
  it('takes one that says it has no size for a usual one', () => {
    const { stream, shown } = terminal(80, 24)
    Object.assign(stream, { columns: 0, rows: 0 })
    const progress = new Progress(stream, { quiet: false })
    progress.update(unit())
    expect(shown[0]).toMatch(/^… flights RUNNING/)
    progress.stop()
    expect(shown).toEqual([''])
  })

  it('leaves nothing of the picture behind, whatever the messages hold', () => {
    const { stream, shown } = terminal(40, 10)
    const progress = new Progress(stream, { quiet: false })
    progress.update(unit({ message: 'Parser Error:\nsyntax error\nLINE 1: SELCT\n        ^' }))
    progress.update(unit({ name: 'b', message: 'x'.repeat(200) }))
    for (let each = 0; each < 20; each++) progress.update(unit({ name: `many-${each}` }))
    progress.log(stream, 'said')
    progress.stop()
    expect(shown).toEqual(['said', ''])
  })
})
