import { SqlError } from '../sql/sql-error.ts'
import { array, BINARY, DOUBLE, INTEGER, LONG, struct } from '../types/data-type.ts'
import { isDatetime, isInterval, isNumeric } from '../types/same-type.ts'
import type { AggregateCall } from './aggregate-call.ts'
import { callSite, invoke } from './call-site.ts'
import type { SparkFunction } from './function.ts'
import { constant, wrongType } from './refuse.ts'
import { scriptCall, specOf } from './script/script-call.ts'
import { checkCount, coerced } from './signature.ts'

/** Aggregates whose values are put together in JavaScript, all of a group at once. */
const bitmap = (name: string, script: string): SparkFunction => ({
  name,
  kind: 'aggregate',
  resolve: (given, settings) => {
    checkCount(name, given, 1)
    if (script === 'bitmapconstruct')
      return { args: [coerced(name, given, 0, LONG, settings)], type: BINARY, nullable: false }
    if (given[0]!.type.kind !== 'binary') throw wrongType(name, 0, 'a bitmap, that is BINARY', given[0]!.type)
    return { args: given, type: BINARY, nullable: false }
  },
  emit: (texts, call, settings) => {
    const site = callSite(texts, call)
    const { type } = (call as AggregateCall).args[0]!
    const list = `coalesce(${invoke('list', site.args, site)}, [])`
    return scriptCall(script, [list], { ...specOf(call, settings), args: [array(type)] })
  },
})

const histogram: SparkFunction = {
  name: 'histogram_numeric',
  kind: 'aggregate',
  resolve: (given, settings) => {
    checkCount('histogram_numeric', given, 2)
    const { type } = given[0]!.type.kind === 'string' ? { type: DOUBLE } : given[0]!
    if (!isNumeric(type) && !isDatetime(type) && !isInterval(type) && type.kind !== 'void')
      throw wrongType('histogram_numeric', 0, 'a number', type)
    const bins = coerced('histogram_numeric', given, 1, INTEGER, settings)
    const count = constant('histogram_numeric', 1, bins)
    if (count === null)
      throw new SqlError('DATATYPE_MISMATCH.UNEXPECTED_NULL', 'The bins of histogram_numeric are a number')
    if (Number(count) < 2)
      throw new SqlError('DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE', 'histogram_numeric has 2 bins at least')
    const fields = [
      { name: 'x', type, nullable: true },
      { name: 'y', type: DOUBLE, nullable: true },
    ]
    const value =
      given[0]!.type.kind === 'string' ? coerced('histogram_numeric', given, 0, DOUBLE, settings) : given[0]!
    return { args: [value, bins], type: array(struct(fields)), nullable: true }
  },
  emit: (texts, call, settings) => {
    const site = callSite(texts, call)
    const [value, bins] = (call as AggregateCall).args
    return scriptCall(
      'histogramnumeric',
      [invoke('list', [site.args[0]!], site), String(constant('histogram_numeric', 1, bins!))],
      {
        ...specOf(call, settings),
        args: [array(value!.type), INTEGER],
      },
    )
  },
}

export const SCRIPT_AGGREGATES: readonly SparkFunction[] = [
  bitmap('bitmap_construct_agg', 'bitmapconstruct'),
  bitmap('bitmap_or_agg', 'bitmapor'),
  bitmap('bitmap_and_agg', 'bitmapand'),
  histogram,
]
