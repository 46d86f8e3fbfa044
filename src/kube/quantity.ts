/** Source: apimachinery, resource.Quantity: sign, digits with a point, then a binary, decimal or exponent suffix. */
const QUANTITY = /^([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+))(?:([KMGTPE])i|([numkMGTPE])|([eE][+-]?[0-9]{1,3}))?$/
const DECIMAL: Readonly<Record<string, number>> = { n: -9, u: -6, m: -3, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 }

/** The amount of a Kubernetes quantity ('500m', '1Gi', 2, '1e3') in its base unit; undefined where it is none. */
export const quantity = (written: string | number | undefined): number | undefined => {
  const match = QUANTITY.exec(String(written ?? ''))
  if (match === null) return undefined
  const [, digits = '', binary, decimal, exponent] = match
  if (binary !== undefined) return Number(digits) * 1024 ** ('KMGTPE'.indexOf(binary) + 1)
  // One number of digits and exponent is exact where a product of two might not be.
  return Number(`${digits}${decimal === undefined ? (exponent ?? '') : `e${DECIMAL[decimal]}`}`)
}
