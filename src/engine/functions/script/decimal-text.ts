import { javaDouble, unscaledOf } from './java-number.ts'

/** Digits with a comma after each third from the point. */
export const grouped = (text: string): string => {
  const [whole = '', part] = text.split('.')
  const done = whole.replace(/\B(?=(\d{3})+$)/g, ',')
  return part === undefined ? done : `${done}.${part}`
}

/** An unscaled number of `scale` digits behind the point, with exactly `places` of them, half up or half even. */
export const scaledText = (unscaled: bigint, scale: number, places: number, half: 'up' | 'even'): string => {
  const negative = unscaled < 0n
  let digits = negative ? -unscaled : unscaled
  if (places >= scale) digits *= 10n ** BigInt(places - scale)
  else {
    const unit = 10n ** BigInt(scale - places)
    const rest = digits % unit
    digits /= unit
    const twice = rest * 2n
    if (twice > unit || (twice === unit && (half === 'up' || digits % 2n === 1n))) digits += 1n
  }
  const text = digits.toString().padStart(places + 1, '0')
  const point = places === 0 ? text : `${text.slice(0, -places)}.${text.slice(-places)}`
  return negative ? `-${point}` : point
}

/** How many digits stand behind the point of a text of a number, its exponent counted in. */
const scaleOf = (text: string): number => {
  const [, part = '', exponent = '0'] = /^[+-]?\d*(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? []
  return Math.max(0, part.length - Number(exponent))
}

/** The text of a double as Java writes it, with exactly `places` digits behind the point, half up. */
export const fixedDigits = (text: string, places: number): string => {
  const scale = scaleOf(text)
  return scaledText(unscaledOf(text, scale) ?? 0n, scale, places, 'up')
}

/** The same of a double. */
export const roundedDigits = (value: number, places: number): string => fixedDigits(javaDouble(value), places)

/** The exact binary value of a double, with exactly `places` digits behind the point, half even. */
export const exactDigits = (value: number, places: number): string => {
  const { unscaled, scale } = exactOf(value)
  return scaledText(unscaled, scale, places, 'even')
}

/** Every finite double is a whole number over a power of ten. */
const exactOf = (value: number): { readonly unscaled: bigint; readonly scale: number } => {
  let scale = 0
  let mantissa = value
  while (!Number.isInteger(mantissa)) {
    mantissa *= 2
    scale++
  }
  // m / 2^s = m * 5^s / 10^s
  return { unscaled: BigInt(mantissa) * 5n ** BigInt(scale), scale }
}
