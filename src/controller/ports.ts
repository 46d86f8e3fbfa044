import type { KubeObject } from '../kube/object.ts'
import type { ResourceType } from '../kube/resource-type.ts'
import type { Store } from '../kube/store.ts'
import type { Why } from './decision.ts'

/** Who may write. `holds` is asked before every write; `epoch` goes into every status and never decreases. */
export interface Leadership {
  epoch(): number
  holds(): boolean
}

/** For processes that cannot have a rival: the embedded mode and tests. */
export const soleLeader: Leadership = { epoch: () => 1, holds: () => true }

/** Where stories are told. Never waits and never throws: a lost event must not cost a reconcile. */
export interface EventSink {
  record(about: KubeObject, event: Why): void
}

/** The part of pino that Bellows uses. */
export interface Logger {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

export const silentLogger: Logger = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
}

/** The caches by kind; undefined for a kind that nobody watches. */
export interface StoreLookup {
  store<T extends KubeObject>(type: ResourceType): Store<T> | undefined
}
