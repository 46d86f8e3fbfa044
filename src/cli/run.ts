import { PipelineRuns, SparkApplications } from '../api/resource-types.ts'
import { silentLogger } from '../controller/ports.ts'
import type { Cluster } from '../kube/cluster.ts'
import { ApiError } from '../kube/errors.ts'
import type { KubeObject } from '../kube/object.ts'
import { startEmbeddedOperator } from '../main/embedded-operator.ts'
import { makeLogger } from '../main/logger.ts'
import { findingLine } from './check-manifests.ts'
import { duplicates } from './duplicates.ts'
import type { Endings } from './endings.ts'
import { findProblems } from './find-problems.ts'
import { loadManifests, type Manifest } from './load-manifests.ts'
import { type LogLine, PodLogs } from './pod-logs.ts'
import { Progress } from './progress.ts'
import { missingPipelines } from './references.ts'
import { resourceTypeOf } from './resource-types.ts'
import { type Ended, summaryJson, summaryText } from './summary.ts'
import { type Unit, unitKey, unitOf } from './unit.ts'
import { EXIT, UsageError } from './usage.ts'

export interface RunOptions {
  readonly output: 'text' | 'json'
  readonly executors: number
  readonly timeoutSeconds: number | undefined
  readonly verbose: boolean
  readonly endings: Endings
}

const ORDER = ['Namespace', 'ConfigMap', 'Secret', 'Pipeline']
const isUnit = ({ object }: Manifest): boolean => object.kind === 'SparkApplication' || object.kind === 'PipelineRun'

const nameOf = ({ object }: Manifest): string => object.metadata.name

/** A Pipeline that nobody runs in these files is run once. */
const withRuns = (manifests: readonly Manifest[]): readonly Manifest[] => {
  const named = new Set(
    manifests.map(
      ({ object }) => (object.spec as { readonly pipelineRef?: { readonly name?: string } })?.pipelineRef?.name,
    ),
  )
  const taken = new Set(manifests.filter(({ object }) => object.kind === 'PipelineRun').map(nameOf))
  const runs = manifests
    .filter(({ object }) => object.kind === 'Pipeline' && !named.has(object.metadata.name))
    .map(
      ({ source, object }): Manifest => ({
        source,
        object: {
          apiVersion: 'bellows.dev/v1alpha1',
          kind: 'PipelineRun',
          metadata: {
            name: taken.has(object.metadata.name) ? `${object.metadata.name}-run` : object.metadata.name,
            ...(object.metadata.namespace ? { namespace: object.metadata.namespace } : {}),
          },
          spec: { pipelineRef: { name: object.metadata.name } },
        },
      }),
    )
  return [...manifests, ...runs]
}

/** In the order in which they can be made, all with a namespace. Throws UsageError on what the schema refuses. */
const prepared = (files: readonly string[], executors: number): readonly Manifest[] => {
  const given = loadManifests(files, { executors, recursive: false })
  const errors = [...findProblems(given), ...duplicates(given), ...missingPipelines(given)]
  if (errors.length > 0) {
    throw new UsageError(
      errors.map(findingLine).join('\nbellows: '),
      'Nothing was run. docs/reference/ lists every field.',
      undefined,
      errors,
    )
  }
  const manifests = withRuns(given)
  if (!manifests.some(isUnit)) {
    throw new UsageError('there is no SparkApplication, Pipeline or PipelineRun in these files', 'Nothing was run.')
  }
  const rank = ({ object }: Manifest): number => (ORDER.indexOf(object.kind) + ORDER.length + 1) % (ORDER.length + 1)
  return manifests
    .map(({ source, object }) => ({
      source,
      object: { ...object, metadata: { ...object.metadata, namespace: object.metadata.namespace ?? 'default' } },
    }))
    .sort((a, b) => rank(a) - rank(b))
}

const create = async (cluster: Cluster, { source, object }: Manifest): Promise<KubeObject> => {
  const type = resourceTypeOf(object)
  if (type === undefined) {
    throw new UsageError(
      `${source}: embedded mode has no ${object.kind} (${object.apiVersion})`,
      'Apply it to a cluster with kubectl.',
    )
  }
  const { namespace, ...metadata } = object.metadata
  try {
    return await cluster.create(type, { ...object, metadata: type.namespaced ? object.metadata : metadata })
  } catch (error) {
    if (error instanceof ApiError) throw new UsageError(`${source}: ${error.message}`, 'Nothing more was run.', error)
    throw error
  }
}

/** Follows one unit to its end. */
const followUnit = async (
  cluster: Cluster,
  created: KubeObject,
  signal: AbortSignal,
  seen: (unit: Unit) => void,
): Promise<Unit> => {
  const type = created.kind === 'PipelineRun' ? PipelineRuns : SparkApplications
  let unit = unitOf(created)
  seen(unit)
  const { namespace, name } = created.metadata
  const events = cluster.watch(type, {
    ...(namespace === undefined ? {} : { namespace }),
    fieldSelector: `metadata.name=${name}`,
    resourceVersion: created.metadata.resourceVersion ?? '',
    signal,
  })
  for await (const event of events) {
    if (event.type === 'ERROR') throw event.error
    if (event.type === 'BOOKMARK') continue
    if (event.type === 'DELETED') return { ...unit, outcome: 'failed', message: unit.message ?? 'it was deleted' }
    unit = unitOf(event.object)
    seen(unit)
    if (unit.outcome !== 'open') return unit
  }
  return unit
}

/** A line of a log under the name of what wrote it, where there is more than one. */
const shownLine = ({ unit, task, line }: LogLine, isOnly: boolean): string => {
  const name = [...(isOnly ? [] : [unit.name]), ...(task === undefined ? [] : [task])].join('/')
  return name === '' ? line : `[${name}] ${line}`
}

/** `bellows run`: the operator, embedded, until everything in the files has ended. */
export const runCommand = async (files: readonly string[], options: RunOptions): Promise<number> => {
  const manifests = prepared(files, options.executors)
  const operator = await startEmbeddedOperator({
    workingDirectory: process.cwd(),
    logger: options.verbose ? makeLogger('debug', process.stderr) : silentLogger,
  })
  const progress = new Progress(process.stderr, { quiet: options.output === 'json' })
  const isOnly = manifests.filter(isUnit).length === 1
  const logs = new PodLogs(operator.cluster, (line) => {
    if (options.output === 'text') progress.log(process.stdout, shownLine(line, isOnly))
  })
  const abort = new AbortController()
  const stopHandling = options.endings.handle(() => abort.abort())
  const timer =
    options.timeoutSeconds === undefined
      ? undefined
      : setTimeout(() => abort.abort(), Math.min(options.timeoutSeconds * 1000, 2 ** 31 - 1))
  const ended = new AbortController()
  const following = logs.run(ended.signal)
  try {
    const units: Promise<Ended>[] = []
    for (const manifest of manifests) {
      const created = await create(operator.cluster, manifest)
      if (!isUnit(manifest)) continue
      units.push(
        followUnit(operator.cluster, created, abort.signal, (unit) => progress.update(unit)).then(async (unit) => {
          const log = await logs.rest(unit)
          return { unit, seconds: progress.elapsed(unit), log }
        }),
      )
    }
    const outcomes = await Promise.all(units)
    progress.stop()
    const sorted = outcomes.sort((a, b) => unitKey(a.unit).localeCompare(unitKey(b.unit)))
    const interrupted = options.endings.exitCode !== undefined
    const how = interrupted ? 'interrupted' : abort.signal.aborted ? 'timeout' : 'ended'
    if (options.output === 'json') console.log(summaryJson(sorted, how))
    else console.error(summaryText(sorted, how))
    return sorted.every(({ unit }) => unit.outcome === 'succeeded') ? EXIT.ok : EXIT.failed
  } finally {
    clearTimeout(timer)
    progress.stop()
    ended.abort()
    await following
    await operator.close()
    stopHandling()
  }
}
