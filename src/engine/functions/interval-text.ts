import type { DataType } from '../types/data-type.ts'
import { bindOnce } from './bind-once.ts'
import { unsupported } from './refuse.ts'

type DayTime = Extract<DataType, { kind: 'day-time-interval' }>
type YearMonth = Extract<DataType, { kind: 'year-month-interval' }>

/** The text of an interval: INTERVAL '1 02:03:04.5' DAY TO SECOND. Source: Spark's IntervalUtils.toDayTimeIntervalString. */
export const dayTimeText = (sql: string, type: DayTime): string => {
  const [start, end] = [type.start ?? 'day', type.end ?? 'second']
  return bindOnce([`CAST(${sql} AS HUGEINT)`], (x) => {
    const sign = `CASE WHEN ${x} < 0 THEN '-' ELSE '' END`
    const part = (size: string, modulo?: string) => {
      const value = `abs(${x}) // ${size}`
      return modulo ? `(${value}) % ${modulo}` : value
    }
    const two = (value: string) => `lpad(CAST(${value} AS VARCHAR), 2, '0')`
    const days = `CAST(${part('86400000000')} AS VARCHAR)`
    const seconds = `${two(part('1000000', '60'))} || CASE WHEN abs(${x}) % 1000000 = 0 THEN '' ELSE rtrim('.' || lpad(CAST(abs(${x}) % 1000000 AS VARCHAR), 6, '0'), '0') END`
    const clock = [two(part('3600000000', '24')), two(part('60000000', '60')), seconds]
    if (start !== 'day') {
      throw unsupported('An interval without days is not cast to STRING here')
    }
    const shown = { day: 0, hour: 1, minute: 2, second: 3 }[end]
    const text = shown === 0 ? days : `${days} || ' ' || ${clock.slice(0, shown).join(` || ':' || `)}`
    const name = shown === 0 ? 'DAY' : `DAY TO ${end.toUpperCase()}`
    return `('INTERVAL ''' || ${sign} || ${text} || ''' ${name}')`
  })
}

/** INTERVAL '1-2' YEAR TO MONTH. */
export const yearMonthText = (sql: string, type: YearMonth): string => {
  const [start, end] = [type.start ?? 'year', type.end ?? 'month']
  return bindOnce([`CAST(${sql} AS BIGINT)`], (x) => {
    const sign = `CASE WHEN ${x} < 0 THEN '-' ELSE '' END`
    const text =
      start === 'month' ? `abs(${x})` : end === 'year' ? `abs(${x}) // 12` : `abs(${x}) // 12 || '-' || abs(${x}) % 12`
    const name = start === end ? start.toUpperCase() : 'YEAR TO MONTH'
    return `('INTERVAL ''' || ${sign} || ${text} || ''' ${name}')`
  })
}
