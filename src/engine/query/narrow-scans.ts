import { mapSubqueries, withInputs } from '../optimizer/plan-tree.ts'
import { sourceFilters } from '../physical/source-filters.ts'
import type { LogicalPlan, PlanOf } from '../plan/logical-plan.ts'
import { inputsOf } from '../plan/plan-shape.ts'
import type { FileSource } from '../sources/file-source.ts'
import { narrowSource } from './open-files.ts'

/** Told of each source that became another. */
export type OnNarrowed = (whole: FileSource, narrowed: FileSource) => void

/** Each source told what the query needs of it: columns, filters, a number of rows. What comes out is the same. Pure. */
export const narrowScans = (plan: LogicalPlan, narrowed: OnNarrowed, limit?: number): LogicalPlan => {
  if (plan.kind === 'scan') return narrowScan(plan, narrowed, limit)
  const below = limitBelow(plan, limit)
  const changed = withInputs(
    plan,
    inputsOf(plan).map((input) => narrowScans(input, narrowed, below)),
  )
  return mapSubqueries(changed, (inner) => narrowScans(inner, narrowed))
}

const limitBelow = (plan: LogicalPlan, limit: number | undefined): number | undefined => {
  if (plan.kind === 'project') return limit
  return plan.kind === 'limit' && plan.count !== undefined ? plan.count + plan.offset : undefined
}

const narrowScan = (scan: PlanOf<'scan'>, narrowed: OnNarrowed, limit: number | undefined): LogicalPlan => {
  const { relation, columns, output } = scan
  if (relation.kind !== 'files') return scan
  const names = new Map(output.map(({ id }, index) => [id, columns[index]]))
  const { filters, complete } = sourceFilters(scan.filters, ({ id }) => names.get(id))
  const source = narrowSource(relation.source, { columns, filters, limit: complete ? limit : undefined })
  if (source === relation.source) return scan
  narrowed(relation.source, source)
  return { ...scan, relation: { kind: 'files', source } }
}
