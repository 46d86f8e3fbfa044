/** Where our kinds live in the API. Structurally a ResourceType of src/kube, which this folder may not import. */
const kind = <const G extends string, const V extends string, const K extends string, const P extends string>(
  group: G,
  version: V,
  kindName: K,
  plural: P,
) => ({ group, version, kind: kindName, plural, namespaced: true, statusSubresource: true }) as const

export const SparkApplications = kind('sparkoperator.k8s.io', 'v1beta2', 'SparkApplication', 'sparkapplications')
export const Pipelines = {
  ...kind('bellows.dev', 'v1alpha1', 'Pipeline', 'pipelines'),
  statusSubresource: false,
} as const
export const PipelineRuns = kind('bellows.dev', 'v1alpha1', 'PipelineRun', 'pipelineruns')
