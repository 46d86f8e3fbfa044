/** RFC 3339 to epoch milliseconds. Undefined for anything that is no time: status is untrusted. */
export const timeOf = (text: string | undefined | null): number | undefined => {
  if (typeof text !== 'string') return undefined
  const time = Date.parse(text)
  return Number.isFinite(time) ? time : undefined
}
