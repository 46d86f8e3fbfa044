/**
 * Sizes and CPU amounts as people write them. Two dialects meet in a SparkApplication: the JVM's (`512m`, `1g`; no
 * suffix means MiB; case does not matter; every suffix is a power of 1,024) and Kubernetes' (`2Gi`, `1200m`).
 */

const JVM_MEMORY = /^([0-9]{1,15})(b|k|kb|m|mb|g|gb|t|tb|p|pb|ki|mi|gi|ti|pi)?$/i
const POWER: Readonly<Record<string, number>> = { k: 1, m: 2, g: 3, t: 4, p: 5 }

/** Bytes of a memory field. A Kubernetes suffix (`2Gi`) is taken too. Undefined for anything else. */
export const memoryBytes = (written: string): number | undefined => {
  const match = JVM_MEMORY.exec(written)
  if (match === null) return undefined
  const unit = (match[2] ?? 'm').toLowerCase()
  return Number(match[1]) * 1024 ** (POWER[unit.charAt(0)] ?? 0)
}

const MIB = 1024 * 1024

/** Whole MiB, rounded up: `1g` → 1024. */
export const memoryMib = (written: string): number | undefined => {
  const bytes = memoryBytes(written)
  return bytes === undefined ? undefined : Math.ceil(bytes / MIB)
}

/** Source: apimachinery, resource.Quantity: sign, digits with a point, then a binary, decimal or exponent suffix. */
const QUANTITY = /^([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+))(?:([KMGTPE])i|([numkMGTPE])|([eE][+-]?[0-9]{1,3}))?$/
const DECIMAL: Readonly<Record<string, number>> = { n: -9, u: -6, m: -3, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 }

/**
 * What the rules on fields compare; undefined where the text is no Kubernetes quantity. Its twin is src/kube/quantity.ts,
 * which reads pods: this folder imports from no other, and a test holds the two together.
 */
export const quantity = (written: string): number | undefined => {
  const match = QUANTITY.exec(written)
  if (match === null) return undefined
  const [, digits = '', binary, decimal, exponent] = match
  if (binary !== undefined) return Number(digits) * 1024 ** ('KMGTPE'.indexOf(binary) + 1)
  return Number(`${digits}${decimal === undefined ? (exponent ?? '') : `e${DECIMAL[decimal]}`}`)
}
