import { type Estimate, type Estimator, makeEstimator, rowWidth } from '../optimizer/statistics.ts'
import type { LogicalPlan } from '../plan/logical-plan.ts'
import type { Fragment } from './fragment.ts'
import type { Stage, StageInput } from './physical-plan.ts'

/** The rows of a stage under the names of one of its readers. */
const renamed = (estimate: Estimate, stage: Stage, input: StageInput): Estimate => ({
  rows: estimate.rows,
  columns: new Map(
    input.attributes.flatMap(({ id }, index) => {
      const column = estimate.columns.get(stage.plan.output[index]?.id ?? -1)
      return column === undefined ? [] : [[id, column] as const]
    }),
  ),
})

/** What a fragment probably gives, from what is thought of its tables and of the stages it reads. */
export const estimateFragment = (
  fragment: Fragment,
  estimate: Estimator,
  stages: ReadonlyMap<Stage, Estimate>,
): Estimate => {
  const known = new Map<string, Estimate>()
  for (const input of fragment.inputs) {
    if (input.kind === 'scan') {
      const { relation, columns, attributes: output } = input
      const scan: LogicalPlan = { kind: 'scan', relation, columns, output, filters: [] }
      known.set(input.name, estimate(scan))
    } else if (input.kind !== 'range') {
      const of = stages.get(input.stage)
      if (of !== undefined) known.set(input.name, renamed(of, input.stage, input))
    }
  }
  return makeEstimator(new Map(), (name) => known.get(name))(fragment.plan)
}

export const bytesOf = (fragment: Fragment, estimate: Estimate): number =>
  Math.ceil(estimate.rows * Math.max(1, rowWidth(fragment.plan.output, estimate)))
