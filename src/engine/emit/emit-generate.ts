import { quoteText } from '../duckdb/quote.ts'
import { lookupFunction } from '../functions/registry.ts'
import type { PlanOf } from '../plan/logical-plan.ts'
import { SqlError } from '../sql/sql-error.ts'
import { type Block, type Column, columnName, plainBlock, renderBlock } from './block.ts'
import { emitExpression } from './emit-expression.ts'
import type { Emitter } from './emit-plan.ts'

/** Each row once for each element of a list of structs; `outer`: once without them where there is none. */
export const emitGenerate = ({ input, generator, outer, generated }: PlanOf<'generate'>, emitter: Emitter): Block => {
  const inner = emitter.block(input)
  const block =
    inner.groupBy === undefined && inner.limit === undefined && inner.offset === 0 && inner.orderBy === undefined
      ? inner
      : emitter.close(inner, input.output)
  if (generator.kind !== 'call') throw new SqlError('UNSUPPORTED_GENERATOR', 'A generator is a call of a function')
  const spark = lookupFunction(generator.name)
  if (spark?.kind !== 'generator') throw new SqlError('UNSUPPORTED_GENERATOR', `${generator.name} gives no rows`)
  const scope = emitter.scope(block)
  const args = generator.args.map((arg) => emitExpression(arg, scope))
  const rows = spark.emit(args, generator, emitter.settings)
  const names = spark.resolve(generator.args, emitter.settings).columns ?? []
  const list = outer ? `CASE WHEN len(${rows}) > 0 THEN ${rows} ELSE [NULL] END` : rows
  const alias = emitter.alias()
  const kept = input.output.filter(
    (attribute, index) => input.output.findIndex(({ id }) => id === attribute.id) === index,
  )
  const inside = renderBlock({ ...block, columns: block.columns }, kept)
  const item = `unnest(${list}) AS generated`
  const from = `(${inside.replace(/^SELECT /, () => `SELECT ${item}, `)}) AS ${alias}`
  const columns: (readonly [number, Column])[] = [
    ...kept.map((attribute) => [attribute.id, { sql: `${alias}.${columnName(attribute)}`, kind: 'plain' }] as const),
    ...generated.map(
      (attribute, index) =>
        [
          attribute.id,
          { sql: `struct_extract(${alias}.generated, ${quoteText(names[index]!.name)})`, kind: 'computed' },
        ] as const,
    ),
  ]
  return plainBlock(from, new Map(columns))
}
