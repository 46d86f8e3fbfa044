/**
 * A value that others change under us (a token file, a CA bundle): read again once it is older than `maxAgeMs`.
 * A failed reading keeps the last value until the next turn; the first reading throws.
 */
export const rotating = <T>(
  read: () => Promise<T>,
  maxAgeMs: number,
  now: () => number = () => performance.now(),
): ((refresh?: boolean) => Promise<T>) => {
  let held: { readonly value: T; readonly at: number } | undefined
  let reading: Promise<T> | undefined

  const readAgain = async (): Promise<T> => {
    const before = held
    try {
      held = { value: await read(), at: now() }
    } catch (error) {
      if (before === undefined) throw error
      held = { value: before.value, at: now() }
    } finally {
      reading = undefined
    }
    return held.value
  }

  return async (refresh = false) => {
    if (!refresh && held !== undefined && now() - held.at < maxAgeMs) return held.value
    reading ??= readAgain()
    return reading
  }
}
