import { aggregate, filter, join, limit, pass, project, sort } from '../../optimizer/build.ts'
import { call, conjoin, disjoin } from '../../optimizer/expression-tree.ts'
import type { Attribute, Expression, Named } from '../../plan/expression.ts'
import type { LogicalJoinType, LogicalPlan } from '../../plan/logical-plan.ts'
import type { FileSource } from '../../sources/file-source.ts'
import { BOOLEAN, type DataType, DOUBLE, INTEGER, LONG } from '../../types/data-type.ts'
import { scanOf } from './plan-fixture.ts'

/** Numbers from 0 to below `below`, the same for the same seed. Source: mulberry32. */
export type Draw = (below: number) => number

export const drawFrom = (seed: number): Draw => {
  let state = seed >>> 0
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

interface Maker {
  readonly draw: Draw
  readonly newId: () => number
  readonly sources: readonly FileSource[]
}

const pick = <T>(draw: Draw, list: readonly T[]): T => list[draw(list.length)] as T

const literal = (value: number, type: DataType): Expression => ({
  kind: 'literal',
  value: type.kind === 'long' ? BigInt(value) : value,
  type,
  nullable: false,
})

const attributeOf = ({ newId }: Maker, name: string, { type, nullable }: Expression): Attribute => ({
  kind: 'attribute',
  id: newId(),
  name,
  type,
  nullable,
})

const isNumber = ({ type }: Attribute): boolean => type.kind === 'integer' || type.kind === 'long'

const named = (maker: Maker, name: string, expression: Expression): Named => ({
  attribute: attributeOf(maker, name, expression),
  expression,
})

/** A condition over some of the columns. */
const condition = (maker: Maker, columns: readonly Attribute[], depth = 2): Expression => {
  const { draw } = maker
  const one = pick(draw, columns)
  switch (depth > 0 ? draw(9) : draw(5)) {
    case 0:
      return call(draw(2) === 0 ? 'isnotnull' : 'isnull', [one])
    case 1:
    case 2:
    case 3:
      return isNumber(one)
        ? call(pick(draw, ['=', '<', '<=', '>', '>=', '<>', '<=>']), [
            one,
            literal(draw(draw(2) === 0 ? 100 : 12_000), one.type),
          ])
        : call('isnotnull', [one])
    case 4: {
      const same = columns.filter((other) => other.type.kind === one.type.kind)
      return call(pick(draw, ['=', '<', '<>', '<=>']), [one, pick(draw, same)])
    }
    case 5:
      return conjoin([condition(maker, columns, depth - 1), condition(maker, columns, depth - 1)])!
    case 6:
      return disjoin([condition(maker, columns, depth - 1), condition(maker, columns, depth - 1)])!
    case 7:
      return call('not', [condition(maker, columns, depth - 1)])
    default:
      return isNumber(one)
        ? {
            kind: 'in',
            value: one,
            list: [1, 5, 17, 50].map((value) => literal(value + draw(9), one.type)),
            type: BOOLEAN,
            nullable: one.nullable,
          }
        : call('isnull', [one])
  }
}

const asLong = (column: Attribute): Expression =>
  column.type.kind === 'long'
    ? column
    : { kind: 'cast', child: column, mode: 'ansi', type: LONG, nullable: column.nullable }

const aggregateCall = (maker: Maker, columns: readonly Attribute[]): Expression => {
  const { draw } = maker
  const numbers = columns.filter(isNumber)
  const column = pick(draw, columns)
  const made = (
    name: string,
    args: readonly Expression[],
    type: DataType,
    nullable: boolean,
    distinct = false,
  ): Expression => ({
    kind: 'aggregate',
    name,
    args,
    distinct,
    filter: draw(6) === 0 && !distinct ? condition(maker, columns, 0) : undefined,
    orderBy: [],
    type,
    nullable,
  })
  const number = numbers.length === 0 ? undefined : asLong(pick(draw, numbers))
  switch (number === undefined ? draw(4) : draw(8)) {
    case 0:
      return made('count', [literal(1, INTEGER)], LONG, false)
    case 1:
      return made('count', [column], LONG, false)
    case 2:
      return made(draw(2) === 0 ? 'min' : 'max', [column], column.type, true)
    case 3:
      return made('count', [column], LONG, false, true)
    case 4:
    case 5:
      return made('sum', [number!], LONG, true)
    case 6:
      return made('sum', [number!], LONG, true, true)
    default:
      return made('avg', [number!], DOUBLE, true)
  }
}

const leaf = (maker: Maker): LogicalPlan => {
  const { draw } = maker
  const source = pick(draw, maker.sources)
  const scan = scanOf(source, 0)
  return { ...scan, output: scan.output.map((column) => ({ ...column, id: maker.newId() })) }
}

const HOWS: readonly LogicalJoinType[] = ['inner', 'inner', 'left', 'right', 'full', 'semi', 'anti', 'null-aware-anti']

const joined = (maker: Maker, depth: number): LogicalPlan => {
  const { draw } = maker
  const [left, right] = [makePlan(maker, depth - 1), makePlan(maker, depth - 1)]
  const how = pick(draw, HOWS)
  const pairs = left.output.flatMap((one) =>
    right.output
      .filter((other) => other.type.kind === one.type.kind && isNumber(one))
      .map((other) => [one, other] as const),
  )
  if (pairs.length === 0) return join(aggregated(maker, left), aggregated(maker, right), 'inner', undefined)
  const equal = call(how === 'null-aware-anti' || draw(8) > 0 ? '=' : '<=>', [...pick(draw, pairs)])
  const extra =
    how !== 'null-aware-anti' && draw(4) === 0 ? [condition(maker, [...left.output, ...right.output], 0)] : []
  const hint = draw(8) === 0 ? (draw(2) === 0 ? 'left' : 'right') : undefined
  return join(small(maker, left), small(maker, right), how, conjoin([equal, ...extra]), hint)
}

/** Few enough rows that no join of generated plans explodes. */
const small = (maker: Maker, plan: LogicalPlan): LogicalPlan =>
  plan.kind === 'join' ? limit(sortedByAll(plan), 500 + maker.draw(500), 0) : plan

const sortedByAll = (plan: LogicalPlan): LogicalPlan =>
  sort(
    plan,
    plan.output.map((expression) => ({ expression, descending: false, nullsFirst: true })),
    true,
  )

const aggregated = (maker: Maker, input: LogicalPlan): LogicalPlan => {
  const { draw } = maker
  const groups = input.output.filter(() => draw(3) === 0).map((column) => named(maker, column.name, column))
  const aggregates = Array.from({ length: 1 + draw(3) }, () => named(maker, 'agg', aggregateCall(maker, input.output)))
  return aggregate(input, groups, aggregates)
}

const subquery = (maker: Maker, input: LogicalPlan): LogicalPlan => {
  const { draw } = maker
  const numbers = input.output.filter(isNumber)
  const other = leaf(maker)
  const of = other.output.filter(isNumber)
  if (numbers.length === 0 || of.length === 0) return input
  const column = pick(draw, numbers)
  const max: Expression = {
    kind: 'aggregate',
    name: draw(2) === 0 ? 'max' : 'min',
    args: [asLong(pick(draw, of))],
    distinct: false,
    filter: undefined,
    orderBy: [],
    type: LONG,
    nullable: true,
  }
  const one = aggregate(filter(other, condition(maker, other.output)), [], [named(maker, 'm', max)])
  return filter(input, call('<=', [asLong(column), { kind: 'scalar-subquery', plan: one, type: LONG, nullable: true }]))
}

/** A plan whose rows are the same on any engine and in any order of work. */
export const makePlan = (maker: Maker, depth: number): LogicalPlan => {
  const { draw } = maker
  if (depth <= 0) return leaf(maker)
  const below = () => makePlan(maker, depth - 1)
  switch (draw(15)) {
    case 0:
    case 1:
    case 2: {
      const input = below()
      return filter(input, condition(maker, input.output))
    }
    case 3: {
      const input = below()
      const kept = input.output.filter(() => draw(3) > 0).map(pass)
      const numbers = input.output.filter(isNumber)
      const sum =
        numbers.length === 0
          ? []
          : [
              named(maker, 'x', {
                kind: 'call',
                name: '+',
                args: [asLong(pick(draw, numbers)), literal(draw(50), LONG)],
                type: LONG,
                nullable: true,
              }),
            ]
      const items = [...kept, ...sum]
      return project(input, items.length === 0 ? input.output.map(pass) : items)
    }
    case 4:
    case 5:
      return aggregated(maker, below())
    case 6:
    case 7:
    case 8:
      return joined(maker, depth)
    case 9: {
      const input = below()
      const arms = [input, filter(input, condition(maker, input.output)), aggregatedAs(maker, input)].slice(
        0,
        2 + draw(2),
      )
      const fresh = arms.map((arm) => renamedCopy(maker, arm))
      return {
        kind: 'union',
        inputs: fresh,
        output: fresh[0]!.output.map((column) => ({ ...column, id: maker.newId(), nullable: true })),
      }
    }
    case 10:
      return limit(sortedByAll(below()), 1 + draw(300), draw(3) === 0 ? draw(20) : 0)
    case 11: {
      const input = below()
      const partitionBy = draw(4) === 0 ? [] : [pick(draw, input.output)]
      const numbers = input.output.filter(isNumber)
      const rows: Expression = {
        kind: 'window',
        function: { kind: 'call', name: 'row_number', args: [], type: INTEGER, nullable: false },
        frame: { unit: 'rows', start: { kind: 'unbounded-preceding' }, end: { kind: 'current-row' } },
        ignoreNulls: false,
        type: INTEGER,
        nullable: false,
      }
      const orderBy = input.output.map((expression) => ({
        expression,
        descending: draw(2) === 0,
        nullsFirst: draw(2) === 0,
      }))
      void numbers
      const functions = [named(maker, 'n', rows)]
      return {
        kind: 'window',
        input,
        functions,
        partitionBy,
        orderBy,
        output: [...input.output, ...functions.map(({ attribute }) => attribute)],
      }
    }
    case 12: {
      const input = below()
      const by = [{ expression: pick(draw, input.output), descending: draw(2) === 0, nullsFirst: draw(2) === 0 }]
      const how = pick(draw, ['hash', 'range', 'round-robin', 'coalesce'] as const)
      return {
        kind: 'repartition',
        input,
        how,
        by: how === 'hash' || how === 'range' ? by : [],
        partitions: draw(2) === 0 ? undefined : 1 + draw(5),
        output: input.output,
      }
    }
    case 13:
      return subquery(maker, below())
    default: {
      const input = below()
      const output = [
        ...input.output.map((column) => ({ ...column, id: maker.newId(), nullable: true })),
        attributeOf(maker, 'grouping', literal(0, INTEGER)),
      ]
      const sets = [
        input.output.map(() => true),
        input.output.map(() => draw(2) === 0),
        input.output.map(() => false),
      ].slice(0, 2 + draw(2))
      const projections = sets.map((kept, index) => [
        ...input.output.map(
          (column, at): Expression =>
            kept[at] ? column : { kind: 'literal', value: null, type: column.type, nullable: true },
        ),
        literal(index, INTEGER),
      ])
      return aggregated(maker, { kind: 'expand', input, projections, output })
    }
  }
}

const aggregatedAs = (_maker: Maker, input: LogicalPlan): LogicalPlan => aggregate(input, input.output.map(pass), [])

/** Arms of a union give out their own columns. */
const renamedCopy = (maker: Maker, plan: LogicalPlan): LogicalPlan =>
  project(
    plan,
    plan.output.map((column) => ({ attribute: { ...column, id: maker.newId() }, expression: column })),
  )

export const generatedPlan = (seed: number, sources: readonly FileSource[], depth: number): LogicalPlan => {
  let id = 0
  const draw = drawFrom(seed)
  const newId = () => {
    id += 1
    return id
  }
  return makePlan({ draw, newId, sources }, depth)
}
