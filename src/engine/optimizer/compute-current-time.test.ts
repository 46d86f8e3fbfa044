import { describe, expect, it } from 'vitest'
import { someExpression } from '../plan/expression-tree.ts'
import { expressionsOf } from '../plan/plan-shape.ts'
import { computeCurrentTime } from './compute-current-time.ts'
import { somePlan } from './plan-tree.ts'
import { tablePlan } from './testing/table-plans.ts'

const milliseconds = Date.parse('2026-11-21T23:30:00.250Z')

const literals = async (sql: string, timeZone: string): Promise<readonly unknown[]> => {
  const plan = computeCurrentTime(await tablePlan(sql), { milliseconds, timeZone })
  const found: unknown[] = []
  somePlan(plan, (node) => {
    for (const expression of expressionsOf(node)) {
      someExpression(expression, (part) => {
        if (part.kind === 'literal') found.push([part.type.kind, part.value])
        expect(part.kind === 'call' ? part.name : '').not.toMatch(/current_|localtimestamp|unix_timestamp/)
        return false
      })
    }
    return false
  })
  return found
}

describe('computeCurrentTime', () => {
  it.each([
    ['UTC', 20778, '2026-11-21T23:30:00.250Z'],
    ['Europe/Berlin', 20779, '2026-11-22T00:30:00.250Z'],
    ['America/New_York', 20778, '2026-11-21T18:30:00.250Z'],
    ['+05:30', 20779, '2026-11-22T05:00:00.250Z'],
  ])('gives one moment, in %s', async (zone, days, local) => {
    const sql = 'SELECT current_timestamp(), now(), current_date, localtimestamp(), unix_timestamp()'
    expect(await literals(sql, zone)).toEqual([
      ['timestamp', BigInt(milliseconds) * 1000n],
      ['timestamp', BigInt(milliseconds) * 1000n],
      ['date', days],
      ['timestamp_ntz', BigInt(Date.parse(local)) * 1000n],
      ['long', BigInt(Math.floor(milliseconds / 1000))],
    ])
  })

  it('goes into subqueries and conditions', async () => {
    const sql = 'SELECT a FROM t WHERE d < current_date() AND b > (SELECT max(unix_timestamp()) FROM u)'
    expect(await literals(sql, 'UTC')).toEqual(
      expect.arrayContaining([
        ['date', 20778],
        ['long', BigInt(Math.floor(milliseconds / 1000))],
      ]),
    )
  })
})
