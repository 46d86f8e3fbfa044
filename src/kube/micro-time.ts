/**
 * metav1.MicroTime: RFC 3339 in UTC with exactly six fractional digits; the server refuses any other number of them.
 * `epochMs` is milliseconds since the epoch.
 */
export const microTime = (epochMs: number): string => {
  const whole = Math.floor(epochMs)
  const micros = Math.floor((epochMs - whole) * 1_000)
  return `${new Date(whole).toISOString().slice(0, -1)}${String(micros).padStart(3, '0')}Z`
}
