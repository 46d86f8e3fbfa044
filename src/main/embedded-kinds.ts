import { PipelineRuns, Pipelines, SparkApplications } from '../api/resource-types.ts'
import { admit, problemText, validate } from '../api/validate.ts'
import type { RegisteredKind } from '../embedded/kind-rules.ts'

/** Our kinds for the embedded cluster, with the same schema, defaults and sentences as their CRDs. */
export const embeddedKinds: readonly RegisteredKind[] = [SparkApplications, Pipelines, PipelineRuns].map((type) => ({
  type,
  validate: (object, old) => validate(object, old).map((problem) => problemText([problem])),
  defaults: (object) => {
    const admission = admit<typeof object>(object)
    // What is not acceptable stays as it is: `validate` says why.
    return admission.ok ? admission.object : object
  },
}))
