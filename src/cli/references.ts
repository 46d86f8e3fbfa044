import type { Finding } from './check-manifests.ts'
import type { Manifest } from './load-manifests.ts'
import { nearest } from './nearest.ts'

const named = ({ object }: Manifest): string => `${object.metadata.namespace ?? 'default'}/${object.metadata.name}`

const referenceOf = ({ object }: Manifest): string | undefined => {
  const name = (object.spec as { readonly pipelineRef?: { readonly name?: unknown } } | undefined)?.pipelineRef?.name
  return object.kind === 'PipelineRun' && typeof name === 'string' ? name : undefined
}

/** Runs whose Pipeline is not among the files: nobody else will bring it to an embedded cluster. */
export const missingPipelines = (manifests: readonly Manifest[]): readonly Finding[] => {
  const pipelines = manifests.filter(({ object }) => object.kind === 'Pipeline')
  const present = new Set(pipelines.map(named))
  return manifests.flatMap((manifest): readonly Finding[] => {
    const name = referenceOf(manifest)
    const { metadata } = manifest.object
    const namespace = metadata.namespace ?? 'default'
    if (name === undefined || present.has(`${namespace}/${name}`)) return []
    const close = nearest(
      name,
      pipelines.map(({ object }) => object.metadata.name),
    )
    const elsewhere = pipelines.find(({ object }) => object.metadata.name === name)?.object.metadata.namespace
    const hint =
      elsewhere !== undefined || pipelines.some(({ object }) => object.metadata.name === name)
        ? `the one in these files is in namespace ${elsewhere ?? 'default'}`
        : close === undefined
          ? 'give its file too'
          : `did you mean "${close}"?`
    return [
      {
        source: manifest.source,
        object: `PipelineRun/${metadata.name ?? metadata.generateName}`,
        field: 'spec.pipelineRef.name',
        message: `there is no Pipeline "${name}" in namespace ${namespace} in these files; ${hint}`,
        severity: 'error',
      },
    ]
  })
}
