import type { Container } from '../kube/pod.ts'

type Fields = Readonly<Record<string, unknown>>

/** Uid of the Bellows image's user. */
const USER = 10001

/** Source: Kubernetes Pod Security Standards, profile "restricted". What the user sets stands before it. */
export const podSecurity = (theirs: Fields | undefined): Fields => ({
  // Who asks for root by number must get what they asked for, or be refused by admission, not by a contradiction.
  ...(theirs?.runAsUser === 0 ? {} : { runAsNonRoot: true }),
  runAsUser: USER,
  runAsGroup: USER,
  fsGroup: USER,
  fsGroupChangePolicy: 'OnRootMismatch',
  seccompProfile: { type: 'RuntimeDefault' },
  ...theirs,
})

const RESTRICTED = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } } as const

export const mainContainerSecurity = (theirs: Fields | undefined): Fields => ({
  ...(theirs?.privileged === true ? {} : RESTRICTED),
  readOnlyRootFilesystem: true,
  ...theirs,
})

/** Containers that users add get what the profile demands, and keep their file system writable. */
export const withContainerSecurity = (container: Container): Container => {
  const theirs = container.securityContext as Fields | undefined
  return { ...container, securityContext: { ...(theirs?.privileged === true ? {} : RESTRICTED), ...theirs } }
}
