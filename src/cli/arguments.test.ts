import { expect, it } from 'vitest'
import { parseArguments, wantsJson } from './arguments.ts'

it('takes options before and after the files', () => {
  expect(parseArguments(['-o', 'json', 'run', 'a.sql', '--executors=2', 'b.sql', '-v'])).toEqual({
    command: 'run',
    files: ['a.sql', 'b.sql'],
    help: false,
    version: false,
    output: 'json',
    executors: 2,
    timeoutSeconds: undefined,
    verbose: true,
  })
})

it.each([
  [['run', 'a.sql', '--executors', '-1'], '--executors -1: give a whole number from 1 on'],
  [['run', 'a.sql', '--executors', 'two'], '--executors two: give a whole number from 1 on'],
  [['run', 'a.sql', '--executors'], '--executors needs a value'],
  [['run', 'a.sql', '--exectuors', '2'], 'there is no option --exectuors; did you mean --executors?'],
  [['run', 'a.sql', '-x'], 'there is no option -x'],
  [['run', 'a.sql', '--verbose=yes'], '--verbose takes no value'],
  [['run', 'a.sql', '-o', 'xml'], '--output xml: the formats are text and json'],
  [['validate', 'a.yaml', '--timeout', '3'], '--timeout is an option of run, not of validate'],
])('%j: %s', (argv, message) => {
  expect(() => parseArguments(argv)).toThrow(message)
})

it.each([
  [['run', '-o', 'json', '--nonsense'], true],
  [['--output=json'], true],
  [['run', 'json'], false],
])('%j wants JSON: %s', (argv, wanted) => {
  expect(wantsJson(argv)).toBe(wanted)
})
