import { expect, it } from 'vitest'
import { type How, summaryJson, summaryText } from './summary.ts'
import type { Unit } from './unit.ts'

const open: Unit = {
  kind: 'PipelineRun',
  namespace: 'default',
  name: 'r',
  state: 'queued',
  outcome: 'open',
  attempt: 0,
  executors: undefined,
  message: undefined,
  tasks: [],
}
const ended = (message?: string) => [{ unit: { ...open, message }, seconds: 1, log: [] }]

it.each<[How, string]>([
  ['timeout', 'it had not ended when the time given was over: no room'],
  ['interrupted', 'it had not ended when the command was interrupted: no room'],
])('says of what did not end why: %s', (how, message) => {
  expect(JSON.parse(summaryJson(ended('no room'), how))).toMatchObject({ succeeded: false, objects: [{ message }] })
  expect(summaryText(ended('no room'), how)).toContain(`queued in 1.0 s: ${message}`)
})

it('has a message also where nothing is known', () => {
  const [object] = (JSON.parse(summaryJson(ended(), 'timeout')) as { objects: { message: string }[] }).objects
  expect(object!.message).toBe('it had not ended when the time given was over')
})

it('names the task that a run waits for', () => {
  const tasks = [{ name: 't', state: 'queued', message: 'secret "s" not found', result: undefined }]
  const text = summaryText([{ unit: { ...open, state: 'running', tasks }, seconds: 1, log: [] }], 'timeout')
  expect(text).toContain('time given was over: task t queued: secret "s" not found')
})
