/** Java's Double.toString, with the shortest digits: 100000.0, 1.0E10, 1.0E-7. */
export const javaDouble = (value: number): string => {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '-Infinity'
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0'
  const [mantissa, exponent] = value.toExponential().split('e')
  const size = Math.abs(value)
  if (size >= 0.001 && size < 1e7) {
    const text = size < 0.001 || size >= 1e21 ? mantissa! : String(value)
    return text.includes('.') ? text : `${text}.0`
  }
  return `${mantissa!.includes('.') ? mantissa : `${mantissa}.0`}E${Number(exponent)}`
}

/** The same of a value of 32 bits: the shortest digits that give it back. */
export const javaFloat = (value: number): string => {
  if (!Number.isFinite(value) || value === 0) return javaDouble(value)
  for (let digits = 1; digits <= 9; digits++) {
    const short = Number(value.toPrecision(digits))
    if (Math.fround(short) === value) return javaDouble(short)
  }
  return javaDouble(value)
}

/** An unscaled number as Java's BigDecimal.toPlainString writes it. */
export const plainDecimal = (unscaled: bigint, scale: number): string => {
  const sign = unscaled < 0n ? '-' : ''
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale + 1, '0')
  return scale === 0 ? `${sign}${digits}` : `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`
}

const NUMBER = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,6}))?$/

/** The unscaled value of a decimal text at `scale`, half away from zero; undefined: it is no number. */
export const unscaledOf = (text: string, scale: number): bigint | undefined => {
  const [, sign = '', whole = '', part = '', exponent = '0'] = NUMBER.exec(text) ?? []
  const digits = whole + part
  if (digits === '') return undefined
  const shift = scale - part.length + Number(exponent)
  const size = shift >= 0 ? BigInt(digits) * 10n ** BigInt(shift) : rounded(digits, -shift)
  return sign === '-' ? -size : size
}

const rounded = (digits: string, cut: number): bigint => {
  if (cut > digits.length) return 0n
  const kept = BigInt(digits.slice(0, digits.length - cut) || '0')
  return digits[digits.length - cut]! >= '5' ? kept + 1n : kept
}
