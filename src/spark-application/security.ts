import type { Container } from '../kube/pod.ts'

type Fields = Readonly<Record<string, unknown>>

/** As whom an image's programs run, and whether they can do without writing to its file system. */
export interface ImageUser {
  readonly user: number
  /** Undefined: the user's own group in the image, or 0. */
  readonly group?: number
  readonly readOnlyRootFilesystem: boolean
}

/** The Bellows image. */
export const BELLOWS_USER: ImageUser = { user: 10001, group: 10001, readOnlyRootFilesystem: true }
/** The published Spark images, whose older ones let only group 0 write to the working directory. */
export const SPARK_USER: ImageUser = { user: 185, readOnlyRootFilesystem: false }

/** Source: Kubernetes Pod Security Standards, profile "restricted". What the user sets stands before it. */
export const podSecurity = (image: ImageUser, theirs: Fields | undefined): Fields => ({
  // Who asks for root by number must get what they asked for, or be refused by admission, not by a contradiction.
  ...(theirs?.runAsUser === 0 ? {} : { runAsNonRoot: true }),
  runAsUser: image.user,
  ...(image.group === undefined ? {} : { runAsGroup: image.group }),
  fsGroup: image.group ?? image.user,
  fsGroupChangePolicy: 'OnRootMismatch',
  seccompProfile: { type: 'RuntimeDefault' },
  ...theirs,
})

const RESTRICTED = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } } as const

export const mainContainerSecurity = (image: ImageUser, theirs: Fields | undefined): Fields => ({
  ...(theirs?.privileged === true ? {} : RESTRICTED),
  ...(image.readOnlyRootFilesystem ? { readOnlyRootFilesystem: true } : {}),
  ...theirs,
})

/** Containers that users add get what the profile demands, and keep their file system writable. */
export const withContainerSecurity = (container: Container): Container => {
  const theirs = container.securityContext as Fields | undefined
  return { ...container, securityContext: { ...(theirs?.privileged === true ? {} : RESTRICTED), ...theirs } }
}
