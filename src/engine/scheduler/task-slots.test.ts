import { describe, expect, it } from 'vitest'
import { startEngine } from '../testing/engine-fixture.ts'
import { slotsOf } from './task-slots.ts'

describe('spark.task.cpus', () => {
  it('is how many cores a task takes', () => {
    expect(slotsOf({}, 3, 'executor')).toBe(3)
    expect(slotsOf({ 'spark.task.cpus': '2' }, 5, 'executor')).toBe(2)
  })

  it('refuses what no core count serves', () => {
    expect(() => slotsOf({ 'spark.task.cpus': '0' }, 1, 'executor')).toThrow('spark.task.cpus is 0')
    expect(() => slotsOf({ 'spark.task.cpus': '2' }, 1, 'executor')).toThrow(
      'a task takes 2 cores (spark.task.cpus); the executor has 1',
    )
  })

  it('fails the start of an application whose executors are too small for a task', async () => {
    await expect(startEngine(1, { 'spark.task.cpus': '2' })).rejects.toThrow('the executor has 1')
    await expect(startEngine(0, { 'spark.task.cpus': '2' })).rejects.toThrow('the driver has 1')
  })
})
