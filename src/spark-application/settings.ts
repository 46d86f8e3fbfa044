/** What the operator's owner decides for all applications. */
export interface Settings {
  /** Image of types SQL, TypeScript and JavaScript where the spec names none. */
  readonly defaultImage: string
  /** How long a driver may be kept from starting by an image or a configuration that cannot be had. */
  readonly driverStartTimeoutMs: number
  /** How long a driver may wait for a node. Undefined: for ever, with a condition. */
  readonly unschedulableTimeoutMs?: number
  /** timeToLiveSeconds of applications that set none. Undefined: they stay. */
  readonly defaultTimeToLiveSeconds?: number
}

export const DEFAULT_SETTINGS: Settings = { defaultImage: 'bellows:dev', driverStartTimeoutMs: 60_000 }
