import type { Expression } from '../plan/expression.ts'
import { BOOLEAN, DOUBLE } from '../types/data-type.ts'
import { isComplex, isFractional, isOrderable } from '../types/same-type.ts'
import { sqlTypeName } from '../types/type-name.ts'
import { castTo } from './coerce.ts'
import { comparable } from './comparison.ts'
import type { SparkFunction } from './function.ts'
import { differentTypes, unsupported, wrongType } from './refuse.ts'
import { checkCount, coerced, unified } from './signature.ts'

/** First argument that is not null. Evaluated from left to right, as far as needed, in both systems. */
const coalesce = (name: string, most = Number.POSITIVE_INFINITY, aliases?: readonly string[]): SparkFunction => ({
  name,
  ...(aliases && { aliases }),
  kind: 'scalar',
  resolve: (given, settings) => {
    checkCount(name, given, most === 2 ? 2 : 1, most)
    const { args, type } = unified(name, given, settings)
    return { args, type, nullable: args.every((arg) => arg.nullable) }
  },
  emit: (args) => `coalesce(${args.join(', ')})`,
})

/** The largest or smallest argument that is not null. */
const extreme = (name: 'greatest' | 'least'): SparkFunction => ({
  name,
  kind: 'scalar',
  resolve: (given, settings) => {
    checkCount(name, given, 2, Number.POSITIVE_INFINITY)
    const texts = given.filter((arg) => arg.type.kind === 'string').length
    const others = given.filter((arg) => arg.type.kind !== 'string' && arg.type.kind !== 'void').length
    if (texts > 0 && others > 0)
      throw differentTypes(
        name,
        given.map((arg) => arg.type),
        'DATATYPE_MISMATCH.DATA_DIFF_TYPES',
      )
    const { args, type } = unified(name, given, settings)
    if (!isOrderable(type)) throw wrongType(name, 0, 'of a type with an order', type)
    if (isComplex(type))
      throw unsupported(`${name} of ${sqlTypeName(type)} is not computed: nulls inside are ordered otherwise here`)
    return { args, type, nullable: args.every((arg) => arg.nullable) }
  },
  emit: (args) => `${name}(${args.join(', ')})`,
})

export const CONDITIONAL: readonly SparkFunction[] = [
  coalesce('coalesce'),
  coalesce('nvl', 2, ['ifnull']),
  extreme('greatest'),
  extreme('least'),
  {
    name: 'if',
    kind: 'scalar',
    resolve: (given, settings) => {
      checkCount('if', given, 3)
      if (given[0]!.type.kind === 'string') throw wrongType('if', 0, 'BOOLEAN', given[0]!.type)
      const condition = coerced('if', given, 0, BOOLEAN, settings)
      const { args, type } = unified('if', given.slice(1), settings)
      return { args: [condition, ...args], type, nullable: args.some((arg) => arg.nullable) }
    },
    emit: ([condition, yes, no]) => `CASE WHEN ${condition} THEN ${yes} ELSE ${no} END`,
  },
  {
    name: 'nvl2',
    kind: 'scalar',
    resolve: (given, settings) => {
      checkCount('nvl2', given, 3)
      const { args, type } = unified('nvl2', given.slice(1), settings)
      return { args: [given[0]!, ...args], type, nullable: args.some((arg) => arg.nullable) }
    },
    emit: ([value, yes, no]) => `CASE WHEN ${value} IS NOT NULL THEN ${yes} ELSE ${no} END`,
  },
  {
    name: 'nullif',
    kind: 'scalar',
    resolve: (given, settings) => {
      checkCount('nullif', given, 2)
      const [a, b] = comparable('nullif', given[0]!, given[1]!, settings)
      return { args: [given[0]!, a, b], type: given[0]!.type, nullable: true }
    },
    // The comparison may be in another type than the result.
    emit: ([value, a, b]) => `CASE WHEN ${a} = ${b} THEN NULL ELSE ${value} END`,
  },
  {
    name: 'nanvl',
    kind: 'scalar',
    resolve: (given, settings) => {
      checkCount('nanvl', given, 2)
      const type = given.every((arg) => arg.type.kind === 'float') ? given[0]!.type : DOUBLE
      const args = given.map((arg, index) =>
        isFractional(arg.type) ? castTo(arg, type, settings) : coerced('nanvl', given, index, type, settings),
      )
      return { args, type, nullable: args.some((arg: Expression) => arg.nullable) }
    },
    emit: ([a, b]) => `CASE WHEN isnan(${a}) THEN ${b} ELSE ${a} END`,
  },
]
