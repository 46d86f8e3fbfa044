/**
 * Resource versions are decimal integers of any size that grow with every write to a kind, so they can be compared.
 * Source: KEP-5504 (stable in Kubernetes 1.35), true of every etcd-backed server before it.
 */

/** False for '' and '0', which mean "anything you have" and would allow the past to come back. */
export const isVersion = (text: string): boolean => /^[1-9]\d*$/.test(text)

/** Negative where `a` is older than `b`. */
export const compareVersions = (a: string, b: string): number =>
  a.length === b.length ? (a < b ? -1 : a > b ? 1 : 0) : a.length - b.length

export const isNewer = (a: string | undefined, b: string | undefined): boolean =>
  a !== undefined && (b === undefined || compareVersions(a, b) > 0)
