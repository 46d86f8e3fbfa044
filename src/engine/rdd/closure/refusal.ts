import { types } from 'node:util'
import { driverOnlyAdvice } from '../driver-only.ts'

/** Why an object cannot be sent: what it is, and what to do. */
export interface Refusal {
  readonly kind: string
  readonly advice: string
}

const OPEN_IT = 'open it within the function (mapPartitions and foreachPartition do so once a partition)'

/** Objects that mean something only in the process that made them; undefined: nothing against it so far. */
export const refusalOf = (value: object): Refusal | undefined => {
  if (types.isProxy(value))
    return { kind: 'a Proxy', advice: 'nobody can see what it stands for: send what is behind it' }
  const driverOnly = driverOnlyAdvice(value)
  if (driverOnly !== undefined) return { kind: `the driver's ${nameOf(value)}`, advice: driverOnly }
  if (types.isPromise(value)) return { kind: 'a Promise', advice: 'await it before, and use the value' }
  if (value instanceof WeakMap || value instanceof WeakSet || value instanceof WeakRef) {
    return { kind: `a ${nameOf(value)}`, advice: 'its content is not to be read: use a Map or a Set' }
  }
  if (types.isGeneratorObject(value) || types.isMapIterator(value) || types.isSetIterator(value)) {
    return { kind: 'an iterator that is under way', advice: 'collect it into an array before' }
  }
  if (types.isSharedArrayBuffer(value))
    return { kind: 'a SharedArrayBuffer', advice: 'memory is shared by no two executors' }
  if (types.isExternal(value)) return { kind: 'a native handle', advice: OPEN_IT }
  if (types.isModuleNamespaceObject(value)) {
    return { kind: 'a module', advice: 'import it at the top of the program with `import * as` and use that name' }
  }
  if (value instanceof AbortSignal) return { kind: 'an AbortSignal', advice: 'nobody on another machine hears it' }
  return undefined
}

export const nameOf = (value: object): string => {
  const made: unknown = Object.getPrototypeOf(value)?.constructor
  return typeof made === 'function' && made.name !== '' ? made.name : 'an object'
}

/** For instances of classes that are not the program's: sockets, streams, timers, servers, file handles. */
export const nativeRefusal = (name: string): Refusal => ({
  kind: `${/^[AEIOU]/.test(name) ? 'an' : 'a'} ${name} of Node or of a native library`,
  advice: `it holds what only this process has: ${OPEN_IT}`,
})

export const privateRefusal = (name: string): Refusal => ({
  kind: `an instance of ${name}, which has private fields`,
  advice: 'nobody else can read them: make it within the function, or use fields without #',
})
