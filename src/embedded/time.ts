/** Now as metav1.Time is written: RFC 3339, whole seconds. */
export const seconds = (now: number): string => `${new Date(now).toISOString().slice(0, 19)}Z`
/** Now as metav1.MicroTime is written: exactly six fractional digits. */
export const micros = (now: number): string => `${new Date(now).toISOString().slice(0, -1)}000Z`
