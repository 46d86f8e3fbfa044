/** A number format as to_number and to_char read it. Plain JSON. */
export interface NumberFormat {
  /** 0 9 G D $ S, and M for MI, in their order. */
  readonly shape: readonly string[]
  readonly groups: {
    /** Digits between the commas before the point. */
    readonly sizes: readonly number[]
    /** The first digit is a 0: as many digits as there are places. */
    readonly zero: boolean
    readonly point: boolean
  }
  /** Digits behind the point. */
  readonly scale: number
  readonly sign: { readonly letter: 'S' | 'MI'; readonly end: boolean } | undefined
  readonly currency: boolean
  /** PR: what is negative stands in angle brackets. */
  readonly brackets: boolean
}

const FORM = /^(S|MI)?(\$)?([09](?:[09G]*))?(?:(D)([09]*))?(\$)?(?:(S|MI)|(PR))?$/

/** Reads a format; undefined: it is none. Source: Spark's "Number Pattern". */
export const readNumberFormat = (text: string): NumberFormat | undefined => {
  const plain = text.toUpperCase().replaceAll(',', 'G').replaceAll('.', 'D').replaceAll('L', '$')
  const [all, first, front, whole = '', point, part = '', back, last, brackets] = FORM.exec(plain) ?? []
  if (all === undefined || whole + part === '' || (first && (last || brackets)) || (front && back)) return undefined
  if (whole.endsWith('G') || whole.includes('GG')) return undefined
  const sign = first ?? last
  return {
    shape: [...plain.replace('MI', 'M').replace('PR', '')],
    groups: {
      sizes: whole.split('G').map((digits) => digits.length),
      zero: whole.startsWith('0'),
      point: point !== undefined,
    },
    scale: part.length,
    sign: sign === undefined ? undefined : { letter: sign as 'S' | 'MI', end: first === undefined },
    currency: front !== undefined || back !== undefined,
    brackets: brackets !== undefined,
  }
}

/** Digits before and behind the point together. */
export const digitsOf = (format: NumberFormat): number =>
  format.groups.sizes.reduce((sum, size) => sum + size, 0) + format.scale
