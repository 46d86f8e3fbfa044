import type { PipelineRun } from '../api/pipeline-run.ts'
import { PipelineRuns } from '../api/resource-types.ts'
import type { Action } from '../controller/decision.ts'

interface Expiry {
  readonly action?: Action
  readonly requeueAfterMs?: number
}

/** The deletion of a run whose time after its end is over, or how long it still has. */
export const expiry = (run: PipelineRun, endedAt: number | undefined, now: number): Expiry => {
  const seconds = run.spec.timeToLiveSeconds
  const { uid, name, namespace } = run.metadata
  if (seconds === undefined || endedAt === undefined || uid === undefined) return {}
  const left = endedAt + seconds * 1000 - now
  if (left > 0) return { requeueAfterMs: left }
  return {
    action: {
      kind: 'delete',
      type: PipelineRuns,
      ref: { ...(namespace !== undefined && { namespace }), name, uid },
    },
  }
}
