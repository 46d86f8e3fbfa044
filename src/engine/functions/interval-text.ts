import type { DataType } from '../types/data-type.ts'
import { bindOnce } from './bind-once.ts'

type DayTime = Extract<DataType, { kind: 'day-time-interval' }>
type YearMonth = Extract<DataType, { kind: 'year-month-interval' }>

const FIELDS = ['day', 'hour', 'minute', 'second'] as const
const MICROS = { day: '86400000000', hour: '3600000000', minute: '60000000', second: '1000000' } as const

/** The text of an interval: INTERVAL '1 02:03:04.5' DAY TO SECOND. Source: Spark's IntervalUtils.toDayTimeIntervalString. */
export const dayTimeText = (sql: string, type: DayTime): string => {
  const [start, end] = [type.start ?? 'day', type.end ?? 'second']
  const shown = FIELDS.slice(FIELDS.indexOf(start), FIELDS.indexOf(end) + 1)
  return bindOnce([`CAST(${sql} AS HUGEINT)`], (x) => {
    const parts = shown.map((field, index) => {
      // The first field holds all that is left, the others wrap around.
      const above = index === 0 ? undefined : MICROS[FIELDS[FIELDS.indexOf(field) - 1]!]
      const rest = above === undefined ? `abs(${x})` : `abs(${x}) % ${above}`
      const whole = `CAST((${rest}) // ${MICROS[field]} AS VARCHAR)`
      const digits = field === 'day' ? whole : `CASE WHEN length(${whole}) < 2 THEN '0' || ${whole} ELSE ${whole} END`
      const fraction = `CASE WHEN abs(${x}) % 1000000 = 0 THEN '' ELSE rtrim('.' || lpad(CAST(abs(${x}) % 1000000 AS VARCHAR), 6, '0'), '0') END`
      const before = index === 0 ? '' : shown[index - 1] === 'day' ? `' ' || ` : `':' || `
      return `${before}${digits}${field === 'second' ? ` || ${fraction}` : ''}`
    })
    const name = start === end ? start.toUpperCase() : `${start} to ${end}`.toUpperCase()
    return `('INTERVAL ''' || CASE WHEN ${x} < 0 THEN '-' ELSE '' END || ${parts.join(' || ')} || ''' ${name}')`
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
