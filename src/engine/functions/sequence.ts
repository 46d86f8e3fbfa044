import { SqlError } from '../sql/sql-error.ts'
import { commonType } from '../types/coercion.ts'
import { array, DATE, type DataType, INTEGER, LONG } from '../types/data-type.ts'
import { duckdbTypeOf } from '../types/duckdb-type.ts'
import { isDatetime, isIntegral } from '../types/same-type.ts'
import { sqlTypeName } from '../types/type-name.ts'
import { bindNames } from './bind-names.ts'
import { argumentsOf, typeOfArgument } from './call-parts.ts'
import { castTo } from './coerce.ts'
import type { SparkFunction } from './function.ts'
import { raise } from './raise.ts'
import { scriptCall, specOf } from './script/script-call.ts'
import { checkCount } from './signature.ts'

const wrong = (types: readonly DataType[]): SqlError =>
  new SqlError(
    'DATATYPE_MISMATCH.SEQUENCE_WRONG_INPUT_TYPES',
    `sequence takes whole numbers, or dates or timestamps with an interval as its step, not ${types.map(sqlTypeName).join(', ')}`,
  )

const isStep = (type: DataType): boolean =>
  type.kind === 'void' || type.kind === 'day-time-interval' || type.kind === 'year-month-interval'

const STEP = raise(
  'IllegalArgumentException',
  'The step of sequence must lead from start to stop, and not be 0 unless they are equal',
)
const LONG_LIST = raise('COLLECTION_SIZE_LIMIT_EXCEEDED.PARAMETER', 'The sequence has more than 2147483632 elements')

const numbers = ([start, stop, step]: readonly string[], type: DataType): string =>
  bindNames('sq', [start!, stop!, ...(step === undefined ? [] : [step])], (from, to, by) => {
    const huge = (sql: string) => `CAST(${sql} AS HUGEINT)`
    const given = by ?? `CASE WHEN ${from} <= ${to} THEN 1 ELSE -1 END`
    const fault =
      by === undefined ? '' : `WHEN ${from} <> ${to} AND (${by} = 0 OR (${by} > 0) <> (${to} > ${from})) THEN ${STEP} `
    const size = `abs(${huge(to)} - ${huge(from)}) // greatest(abs(${huge(given)}), 1)`
    // Counted from the start, so that the last step does not leave the type.
    const list = `list_transform(range(CAST(${size} + 1 AS BIGINT)), lambda sqi: CAST(${huge(from)} + ${huge('sqi')} * ${huge(given)} AS ${duckdbTypeOf(type)}))`
    const nulls = [from, to, ...(by === undefined ? [] : [by])].map((one) => `${one} IS NULL`).join(' OR ')
    return `CASE WHEN ${nulls} THEN NULL ${fault}WHEN ${from} = ${to} THEN [${from}] WHEN ${size} > 2147483631 THEN ${LONG_LIST} ELSE ${list} END`
  })

/** From start to stop, both included. Source: Spark's Sequence. */
export const SEQUENCES: readonly SparkFunction[] = [
  {
    name: 'sequence',
    kind: 'scalar',
    resolve: (given, settings) => {
      checkCount('sequence', given, 2, 3)
      const types = given.map((arg) => arg.type)
      const nullable = given.some((arg) => arg.nullable)
      const ends = commonType(types.slice(0, 2), settings)
      if (ends && isDatetime(ends)) {
        const step = given[2]
        if (step && !isStep(step.type)) throw wrong(types)
        const args = given.slice(0, 2).map((arg) => castTo(arg, ends, settings))
        return { args: step ? [...args, step] : args, type: array(ends, false), nullable }
      }
      const all = commonType(types, settings)
      const type = all?.kind === 'void' ? INTEGER : all
      if (!type || !isIntegral(type) || given.some((arg) => arg.type.kind === 'string')) throw wrong(types)
      return { args: given.map((arg) => castTo(arg, type, settings)), type: array(type, false), nullable }
    },
    emit: (args, call, settings) => {
      const type = typeOfArgument(call, 0)
      if (isIntegral(type)) return numbers(args, type)
      const [start, stop] = args
      const step = argumentsOf(call)[2]
      const months = step?.type.kind === 'year-month-interval' ? args[2]! : '0'
      const day = '86400000000'
      const micros =
        step === undefined
          ? bindNames('sd', [start!, stop!], (from, to) => `CASE WHEN ${from} <= ${to} THEN ${day} ELSE -${day} END`)
          : step.type.kind === 'year-month-interval'
            ? '0'
            : step.type.kind === 'void'
              ? 'NULL'
              : args[2]!
      const name = type.kind === DATE.kind ? 'sequencedate' : 'sequencetime'
      return scriptCall(name, [start!, stop!, `CAST(${months} AS INTEGER)`, `CAST(${micros} AS BIGINT)`], {
        ...specOf(call, settings),
        args: [type, type, INTEGER, LONG],
      })
    },
  },
]
