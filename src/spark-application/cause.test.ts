import { expect, test } from 'vitest'
import { causeIn } from './cause.ts'

const log = Array.from({ length: 20 }, (_, index) => `10:00:0${index % 10} INFO step ${index}`).join('\n')

test.each([
  ['nothing', undefined, undefined],
  ['empty lines', '\n \n', undefined],
  ['a sentence', 'Table x does not exist\n', 'Table x does not exist'],
  ['a sentence with a hint', 'Table x does not exist!\nDid you mean "y"?', 'Table x does not exist! Did you mean "y"?'],
  [
    'an exception with its stack',
    `${log}\nTypeError: boom\n    at main (file:///a.ts:1:1)\n    at run (b.ts:2:2)\n\nNode.js v26.10.0`,
    'TypeError: boom',
  ],
  [
    'a log whose last line is not the trouble',
    `${log}\nERROR task 3 failed: no space left\nINFO closing`,
    'ERROR task 3 failed: no space left',
  ],
  [
    'a traceback of Python, and what Spark says after it while it stops',
    `${log}\nTraceback (most recent call last):\n  File "/app/x.py", line 4, in <module>\n    raise ValueError("no room")\nValueError: no room\n26/11/21 19:54:10 WARN Threads: a stop failed\n26/11/21 19:54:16 INFO SparkContext: stopped`,
    'ValueError: no room',
  ],
  ['a log without trouble', log, '10:00:09 INFO step 19'],
])('%s', (_, said, cause) => {
  expect(causeIn(said)).toBe(cause)
})

test('is bounded', () => {
  expect(causeIn('x'.repeat(10_000))?.length).toBe(600)
})
