/** Marks objects that live in the driver: functions of RDDs must not take them along. The value is a sentence on what to do. */
export const DRIVER_ONLY = Symbol.for('bellows.driverOnly')

export const driverOnlyAdvice = (value: object): string | undefined => {
  const advice = (value as { readonly [DRIVER_ONLY]?: unknown })[DRIVER_ONLY]
  return typeof advice === 'string' ? advice : undefined
}
