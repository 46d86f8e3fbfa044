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
const QUANTITY = /^([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+))(Ki|Mi|Gi|Ti|Pi|Ei|n|u|m|k|M|G|T|P|E|[eE][+-]?[0-9]{1,3})?$/
const SCALE: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 1024,
  Mi: 1024 ** 2,
  Gi: 1024 ** 3,
  Ti: 1024 ** 4,
  Pi: 1024 ** 5,
  Ei: 1024 ** 6,
}

/** The amount of a Kubernetes quantity in its base unit (`1200m` → 1.2). Undefined where it is not one. */
export const quantity = (written: string): number | undefined => {
  const match = QUANTITY.exec(written)
  if (match === null) return undefined
  const suffix = match[2] ?? ''
  const scale = SCALE[suffix] ?? (suffix === '' ? 1 : 10 ** Number(suffix.slice(1)))
  return Number(match[1]) * scale
}
