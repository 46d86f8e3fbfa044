import { lookupFunction } from '../functions/registry.ts'
import type { Attribute, Expression } from '../plan/expression.ts'
import type { LogicalPlan } from '../plan/logical-plan.ts'
import { SqlError } from '../sql/sql-error.ts'
import { LONG } from '../types/data-type.ts'
import { exactly } from './build-plan.ts'
import type { AnalysisContext } from './context.ts'

const resolved = (name: string, args: readonly Expression[], context: AnalysisContext): Expression => {
  const found = lookupFunction(name)
  if (!found)
    throw new SqlError(
      'UNRESOLVED_ROUTINE',
      `INTERSECT ALL and EXCEPT ALL need the function ${name}, which is not here`,
    )
  const call = found.resolve(args, context.settings)
  return { kind: 'call', name: found.name, args: call.args, type: call.type, nullable: call.nullable }
}

/** Each row of `input` as often as its column `times` says; `columns` are what is left. */
export const repeated = (
  input: LogicalPlan,
  times: Attribute,
  columns: readonly Attribute[],
  context: AnalysisContext,
): LogicalPlan => {
  const one: Expression = { kind: 'literal', value: 1n, type: LONG, nullable: false }
  const generator = resolved('explode', [resolved('sequence', [one, times], context)], context)
  const generated: Attribute = { kind: 'attribute', id: context.newId(), name: 'place', type: LONG, nullable: true }
  return exactly(
    { kind: 'generate', input, generator, outer: false, generated: [generated], output: [...input.output, generated] },
    columns,
  )
}
