import { WORKER_CONTAINER } from '../api/labels.ts'
import type { Container, EnvVar, PodSpec, Volume, VolumeMount } from '../kube/pod.ts'

/** core/v1 PodTemplateSpec as users write it. */
export interface PodTemplate {
  readonly metadata?: {
    readonly labels?: Readonly<Record<string, string>>
    readonly annotations?: Readonly<Record<string, string>>
  }
  readonly spec?: Partial<PodSpec>
}

export interface WorkerPodSettings {
  readonly serviceAccountName?: string | undefined
  readonly timeoutSeconds?: number | undefined
}

/** Pod Security `restricted`. Source: Kubernetes, Pod Security Standards. */
const POD_SECURITY = {
  runAsNonRoot: true,
  runAsUser: 10001,
  seccompProfile: { type: 'RuntimeDefault' },
} as const

const CONTAINER_SECURITY = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  readOnlyRootFilesystem: true,
} as const

const TMP = '/tmp'

/** The worker pod's spec: our defaults, the template over them, and over that what makes it a task's try. */
export const workerPod = (
  main: Container,
  template: Partial<PodSpec> = {},
  settings: WorkerPodSettings = {},
): PodSpec => {
  const containers = template.containers ?? []
  const base = containers.find(({ name }) => name === WORKER_CONTAINER)
  const container = merged(base, main)
  const needsTmp = !(container.volumeMounts ?? []).some(({ mountPath }) => mountPath === TMP)
  const volumes: readonly Volume[] = [...(template.volumes ?? []), ...(needsTmp ? [{ name: 'tmp', emptyDir: {} }] : [])]
  return {
    ...template,
    enableServiceLinks: template.enableServiceLinks ?? false,
    ...account(template, settings),
    securityContext: { ...POD_SECURITY, ...(template.securityContext as object | undefined) },
    ...(volumes.length > 0 && { volumes }),
    containers: [
      {
        ...container,
        volumeMounts: [...(container.volumeMounts ?? []), ...(needsTmp ? [{ name: 'tmp', mountPath: TMP }] : [])],
        securityContext: { ...CONTAINER_SECURITY, ...(base?.securityContext as object | undefined) },
      },
      ...containers.filter(({ name }) => name !== WORKER_CONTAINER),
    ],
    restartPolicy: 'Never',
    // Kubelet counts from a time in whole seconds, rounded down: one second more is never early.
    ...(settings.timeoutSeconds !== undefined && { activeDeadlineSeconds: settings.timeoutSeconds + 1 }),
  }
}

/** Only a pod for which someone named a ServiceAccount gets its token. */
const account = (template: Partial<PodSpec>, settings: WorkerPodSettings): Partial<PodSpec> => {
  const serviceAccountName = template.serviceAccountName ?? settings.serviceAccountName
  return {
    ...(serviceAccountName !== undefined && { serviceAccountName }),
    automountServiceAccountToken: template.automountServiceAccountToken ?? serviceAccountName !== undefined,
  }
}

/** The task's container over the template's: lists by their keys, everything else as a whole. */
const merged = (base: Container | undefined, main: Container): Container => ({
  ...base,
  ...main,
  env: byName<EnvVar>(base?.env ?? [], main.env ?? []),
  ...((base?.volumeMounts || main.volumeMounts) && {
    volumeMounts: byPath(base?.volumeMounts ?? [], main.volumeMounts ?? []),
  }),
})

const byName = <T extends { readonly name: string }>(base: readonly T[], over: readonly T[]): readonly T[] => {
  const names = new Set(over.map(({ name }) => name))
  return [...base.filter(({ name }) => !names.has(name)), ...over]
}

const byPath = (base: readonly VolumeMount[], over: readonly VolumeMount[]): readonly VolumeMount[] => {
  const paths = new Set(over.map(({ mountPath }) => mountPath))
  return [...base.filter(({ mountPath }) => !paths.has(mountPath)), ...over]
}
