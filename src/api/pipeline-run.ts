import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import type { DeepReadonly, Metadata } from './meta.ts'
import { pipelineSpecSchema } from './pipeline.ts'
import type { pipelineRunStatusSchema } from './pipeline-run-status.ts'
import { flag, int, mapOf, type TransitionRule, text, withRule, withTransitionRule } from './schema.ts'

const fields = z
  .object({
    pipelineRef: z
      .object({ name: text('Pipeline in the same namespace.', { max: 253, min: 1 }) })
      .describe('The Pipeline to run.')
      .optional(),
    pipelineSpec: pipelineSpecSchema.describe('The graph itself instead of a named Pipeline.').optional(),
    params: mapOf('Values for the parameters of the pipeline.', text('', { max: 65_536 }), { max: 128 }).optional(),
    suspend: flag('True: start no task; those that run go on.').optional(),
    cancel: flag('True: stop what runs and end the run as failed.').optional(),
    timeToLiveSeconds: int('Delete the run so long after its end, in seconds.', {
      min: 0,
      bits: 64,
      max: 2_147_483_647,
    }).optional(),
  })
  .describe('Which graph to run and how.')

type Fields = z.output<typeof fields>

const exactlyOne = withRule(fields, {
  rule: 'has(self.pipelineRef) != has(self.pipelineSpec)',
  message: 'set exactly one of pipelineRef (a Pipeline by name) and pipelineSpec (the graph itself)',
  holds: (spec: Fields) => (spec.pipelineRef !== undefined) !== (spec.pipelineSpec !== undefined),
})

/** What a run runs does not change under it; suspend, cancel and timeToLiveSeconds may. */
const FIXED = ['pipelineRef', 'pipelineSpec', 'params'] as const

const fixed = (field: (typeof FIXED)[number]): TransitionRule<Fields> => ({
  rule: `has(self.${field}) == has(oldSelf.${field}) && (!has(self.${field}) || self.${field} == oldSelf.${field})`,
  message: `${field} cannot be changed: make a new run`,
  holds: (spec, old) => isDeepStrictEqual(spec[field], old[field]),
})

export const pipelineRunSpecSchema = FIXED.reduce(
  (schema, field) => withTransitionRule(schema, fixed(field)),
  exactlyOne,
)

export type PipelineRunSpec = DeepReadonly<Fields>
export type PipelineRunSpecInput = DeepReadonly<z.input<typeof fields>>
export type PipelineRunStatus = DeepReadonly<z.output<typeof pipelineRunStatusSchema>>
export type TaskStatus = NonNullable<PipelineRunStatus['tasks']>[number]

export type PipelineRun = {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: Metadata
  readonly spec: PipelineRunSpec
  readonly status?: PipelineRunStatus
}
