export type SimulatedPods = {
  /** How long a pod that ends runs, in milliseconds. */
  readonly runMs?: number
  /** How long a pod takes from scheduled to running, in milliseconds. */
  readonly startMs?: number
}

/** A pod with this annotation ends with this exit code instead of 0. */
export const exitCodeAnnotation = 'bellows.dev/simulated-exit-code'
/** A pod with this annotation, of any value, runs until it is deleted, as executors do without it. */
export const staysAnnotation = 'bellows.dev/simulated-stays'

const exists = (key: string) => ({ key, operator: 'Exists' })
const absent = (key: string) => ({ key, operator: 'DoesNotExist' })
const among = (key: string, ...values: readonly string[]) => ({ key, operator: 'In', values })
const notAmong = (key: string, ...values: readonly string[]) => ({ key, operator: 'NotIn', values })

const deleted = '.metadata.deletionTimestamp'
const exitCode = `.metadata.annotations["${exitCodeAnnotation}"]`

/** What a kubelet does, as kwok plays it: say that its node is ready; start a pod, end it unless it stays, forget it. */
export function stages({ runMs = 0, startMs = 0 }: SimulatedPods): string {
  const ends = [
    absent(deleted),
    among('.status.phase', 'Running'),
    among('.spec.restartPolicy', 'Never'),
    absent(`.metadata.annotations["${staysAnnotation}"]`),
    notAmong('.metadata.labels["spark-role"]', 'executor'),
  ]
  const all = [
    nodeStage,
    stage('pod-ready', [absent(deleted), among('.status.phase', 'Pending')], startMs, { statusTemplate: running }),
    stage('pod-complete', [...ends, absent(exitCode)], runMs, { statusTemplate: ended('Completed', 'Succeeded', '0') }),
    stage('pod-fail', [...ends, exists(exitCode)], runMs, {
      statusTemplate: ended('Error', 'Failed', `{{ index .metadata.annotations "${exitCodeAnnotation}" }}`),
    }),
    stage('pod-delete', [exists(deleted)], 0, { delete: true }),
  ]
  return all.map((each) => JSON.stringify(each)).join('\n---\n')
}

function stage(
  name: string,
  matchExpressions: readonly unknown[],
  durationMilliseconds: number,
  next: unknown,
): unknown {
  return {
    apiVersion: 'kwok.x-k8s.io/v1alpha1',
    kind: 'Stage',
    metadata: { name },
    spec: {
      resourceRef: { apiGroup: 'v1', kind: 'Pod' },
      selector: { matchExpressions },
      ...(durationMilliseconds > 0 ? { delay: { durationMilliseconds } } : {}),
      next,
    },
  }
}

const notReady = {
  key: '.status.conditions.[] | select( .type == "Ready" ) | .status',
  operator: 'NotIn',
  values: ['True'],
}

const nodeStage = {
  apiVersion: 'kwok.x-k8s.io/v1alpha1',
  kind: 'Stage',
  metadata: { name: 'node-initialize' },
  spec: {
    resourceRef: { apiGroup: 'v1', kind: 'Node' },
    selector: { matchExpressions: [notReady] },
    next: {
      statusTemplate: `
{{ $now := Now }}
conditions:
{{ range NodeConditions }}
- lastHeartbeatTime: {{ $now | Quote }}
  lastTransitionTime: {{ $now | Quote }}
  message: {{ .message | Quote }}
  reason: {{ .reason | Quote }}
  status: {{ .status | Quote }}
  type: {{ .type | Quote }}
{{ end }}
phase: Running
`,
    },
  },
}

const running = `
{{ $now := Now }}
conditions:
{{ range $type := list "Initialized" "Ready" "ContainersReady" }}
- lastTransitionTime: {{ $now | Quote }}
  status: "True"
  type: {{ $type }}
{{ end }}
containerStatuses:
{{ range .spec.containers }}
- image: {{ .image | Quote }}
  name: {{ .name | Quote }}
  ready: true
  started: true
  restartCount: 0
  state:
    running:
      startedAt: {{ $now | Quote }}
{{ end }}
{{ with NodeIPsWith .spec.nodeName }}
hostIP: {{ index . 0 | Quote }}
{{ end }}
{{ with PodIPsWith .spec.nodeName ( or .spec.hostNetwork false ) ( or .metadata.uid "" ) ( or .metadata.name "" ) ( or .metadata.namespace "" ) }}
podIP: {{ index . 0 | Quote }}
podIPs:
- ip: {{ index . 0 | Quote }}
{{ end }}
phase: Running
startTime: {{ $now | Quote }}
`

function ended(reason: string, phase: string, code: string): string {
  return `
{{ $now := Now }}
{{ $root := . }}
conditions:
{{ range $type := list "Ready" "ContainersReady" }}
- lastTransitionTime: {{ $now | Quote }}
  status: "False"
  reason: Pod${phase}
  type: {{ $type }}
{{ end }}
containerStatuses:
{{ range .spec.containers }}
- image: {{ .image | Quote }}
  name: {{ .name | Quote }}
  ready: false
  started: false
  restartCount: 0
  state:
    terminated:
      exitCode: ${code.replace('.metadata', '$root.metadata')}
      reason: ${reason}
      startedAt: {{ $root.status.startTime | Quote }}
      finishedAt: {{ $now | Quote }}
{{ end }}
phase: ${phase}
`
}
