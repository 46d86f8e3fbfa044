import type { PipelineSpec } from '../api/pipeline.ts'
import { makePlan, paramsOf } from '../pipeline/plan.ts'
import type { Finding } from './check-manifests.ts'
import type { Manifest } from './load-manifests.ts'

interface RunSpec {
  readonly pipelineRef?: { readonly name?: string }
  readonly pipelineSpec?: PipelineSpec
  readonly params?: Readonly<Record<string, string>>
}

const namespaceOf = ({ object }: Manifest): string => object.metadata.namespace ?? 'default'

/**
 * What the operator would say of pipelines that the schema accepts: circles, missing tasks, templates, and parameters
 * of runs. Takes objects of which the schema found nothing wrong.
 */
export const checkPipelines = (manifests: readonly Manifest[]): readonly Finding[] => {
  const finding = ({ source, object }: Manifest, field: string, message: string): Finding => ({
    source,
    object: `${object.kind}/${object.metadata.name ?? object.metadata.generateName}`,
    field,
    message,
    severity: 'error',
  })
  const plan = (manifest: Manifest, field: string, spec: PipelineSpec): readonly Finding[] => {
    const result = makePlan(spec)
    return result.ok ? [] : result.problems.map((problem) => finding(manifest, field, problem))
  }
  const pipelines = manifests.filter(({ object }) => object.kind === 'Pipeline')
  return manifests.flatMap((manifest): readonly Finding[] => {
    if (manifest.object.kind === 'Pipeline') return plan(manifest, 'spec', manifest.object.spec as PipelineSpec)
    if (manifest.object.kind !== 'PipelineRun') return []
    const spec = manifest.object.spec as RunSpec
    const named = pipelines.filter(
      (each) => each.object.metadata.name === spec.pipelineRef?.name && namespaceOf(each) === namespaceOf(manifest),
    )
    // Folders for several clusters hold the same names: then it is not known which is meant.
    const pipeline = spec.pipelineSpec ?? (named.length === 1 ? (named[0]?.object.spec as PipelineSpec) : undefined)
    const params = pipeline === undefined ? undefined : paramsOf(pipeline, spec.params)
    return [
      ...(spec.pipelineSpec === undefined ? [] : plan(manifest, 'spec.pipelineSpec', spec.pipelineSpec)),
      ...(params === undefined || params.ok
        ? []
        : params.problems.map((problem) => finding(manifest, 'spec.params', problem))),
    ]
  })
}
