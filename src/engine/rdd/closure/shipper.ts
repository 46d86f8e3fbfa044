import { realpathSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { pathToFileURL } from 'node:url'
import { types } from 'node:util'
import { serialize } from 'node:v8'
import { type EngineError, messageOf, userError } from '../../errors.ts'
import { AccumulatorV2 } from '../accumulator.ts'
import { Broadcast } from '../broadcast.ts'
import { ENGINE_NAMES, ENGINE_VALUES } from './engine-values.ts'
import { type FunctionFacts, inspectFunction } from './inspect-function.ts'
import { intrinsicPath, isStandardGlobal, nodeExport } from './intrinsics.ts'
import { moduleFacts } from './module-imports.ts'
import { parseFunction } from './parse-function.ts'
import { nameOf, nativeRefusal, privateRefusal, type Refusal, refusalOf } from './refusal.ts'
import type { ShippedNode, ShippedProperty, ShippedValue } from './shipped.ts'

// biome-ignore lint/complexity/noBannedTypes: any function there is
type AnyFunction = Function

/** Programs that the engine's own tests bring along. */
const OF_TESTS = /\.test\.|\/testing\//
const NO_VALUE = Symbol('no value yet')
const ENGINE_ROOT = new URL('../../', import.meta.url).href

const programUrl = (): string | undefined => {
  try {
    return process.argv[1] === undefined ? undefined : pathToFileURL(realpathSync(process.argv[1])).href
  } catch {
    return undefined
  }
}

export interface ShipperOptions {
  /** Told once a function that assigns to a captured variable. */
  readonly warn: (message: string) => void
  /** `call`: variables that have no value yet are left out, for they may have one by the time of the action. */
  readonly moment: 'call' | 'action'
}

/** Turns values into a table of JSON that another process makes the same values of. One table keeps what is shared shared. */
export class Shipper {
  readonly nodes: ShippedNode[] = []
  readonly broadcasts = new Map<number, Broadcast<unknown>>()
  readonly accumulators = new Map<number, AccumulatorV2<never, unknown>>()
  private readonly ids = new Map<unknown, number>()
  private readonly options: ShipperOptions
  /** The way to the value that is at work, for the message of a refusal. */
  private readonly way: string[] = []

  constructor(options: ShipperOptions) {
    this.options = options
  }

  /** Throws EngineError, kind `user`, that names the variable, what it is and what to do. `operator`: map, filter … */
  ship(value: unknown, operator: string): ShippedValue {
    this.way.length = 0
    this.way.push(operator)
    return this.value(value)
  }

  private refuse({ kind, advice }: Refusal): EngineError {
    const [operator, ...steps] = this.way
    const path = steps.join('')
    const subject = path === '' ? 'it is given' : `its function uses${path}, which is`
    return userError(`${operator}: ${subject} ${kind}, and that cannot be sent to executors: ${advice}`)
  }

  private at<T>(step: string, work: () => T): T {
    this.way.push(step)
    const made = work()
    this.way.pop()
    return made
  }

  private value(value: unknown): ShippedValue {
    switch (typeof value) {
      case 'string':
      case 'boolean':
        return value
      case 'number':
        return Number.isFinite(value) && !Object.is(value, -0)
          ? value
          : { n: Object.is(value, -0) ? '-0' : String(value) }
      case 'undefined':
        return { u: 1 }
      case 'bigint':
        return { i: String(value) }
      case 'symbol':
        return this.node(value, () => this.symbol(value))
      case 'function':
        return this.node(value, () => this.function(value))
      case 'object':
        return value === null ? null : this.node(value, () => this.object(value))
    }
  }

  private node(value: unknown, make: () => ShippedNode): ShippedValue {
    const known = this.ids.get(value)
    if (known !== undefined) return { r: known }
    const id = this.nodes.length
    this.ids.set(value, id)
    this.nodes.push({ k: 'symbol', key: '' })
    this.nodes[id] = make()
    return { r: id }
  }

  private symbol(value: symbol): ShippedNode {
    const key = Symbol.keyFor(value)
    if (key !== undefined) return { k: 'symbol', key }
    const known = Object.getOwnPropertyNames(Symbol).find((name) => Reflect.get(Symbol, name) === value)
    if (known !== undefined) return { k: 'intrinsic', path: ['Symbol', known] }
    throw this.refuse({
      kind: `the symbol ${String(value)}`,
      advice: 'it is itself only in this process: use Symbol.for',
    })
  }

  private object(value: object): ShippedNode {
    if (value instanceof Broadcast) {
      value.assertValid()
      this.broadcasts.set(value.id, value)
      return { k: 'broadcast', id: value.id }
    }
    if (value instanceof AccumulatorV2) return this.accumulator(value)
    const intrinsic = intrinsicPath(value)
    if (intrinsic !== undefined) return { k: 'intrinsic', path: intrinsic }
    const refusal = refusalOf(value)
    if (refusal !== undefined) throw this.refuse(refusal)
    const prototype: object | null = Object.getPrototypeOf(value)
    if (Array.isArray(value) && prototype === Array.prototype) {
      return { k: 'array', items: value.map((each, i) => this.at(`[${i}]`, () => this.value(each))) }
    }
    if (prototype === null || prototype === Object.prototype) {
      return { k: 'object', bare: prototype === null, fields: this.fields(value) }
    }
    return this.exotic(value) ?? this.instance(value, prototype)
  }

  private exotic(value: object): ShippedNode | undefined {
    const own = intrinsicPath(Object.getPrototypeOf(value))?.[1] === 'prototype' || Buffer.isBuffer(value)
    if (!own) return undefined
    if (types.isDate(value)) return { k: 'date', time: this.value(value.getTime()) }
    if (types.isRegExp(value)) {
      return { k: 'regexp', source: value.source, flags: value.flags, lastIndex: value.lastIndex }
    }
    if (types.isMap(value)) {
      const entries = [...value].map(([key, each]): [ShippedValue, ShippedValue] =>
        this.at('.get(…)', () => [this.value(key), this.value(each)]),
      )
      return { k: 'map', entries }
    }
    if (types.isSet(value))
      return { k: 'set', items: [...value].map((each) => this.at('.has(…)', () => this.value(each))) }
    if (types.isTypedArray(value) || types.isArrayBuffer(value) || types.isDataView(value)) {
      const buffer = Buffer.isBuffer(value)
      const plain = buffer ? new Uint8Array(value) : value
      return { k: 'binary', bytes: serialize(plain).toString('base64'), buffer }
    }
    if (types.isNativeError(value)) {
      const error = value as Error
      const cause = 'cause' in error ? [{ key: 'cause', value: this.at('.cause', () => this.value(error.cause)) }] : []
      return {
        k: 'error',
        class: error.constructor.name,
        message: error.message,
        stack: error.stack ?? '',
        fields: [...this.fields(error), ...cause],
      }
    }
    return undefined
  }

  /** Own enumerable properties, getters by their present value. */
  private fields(value: object): readonly ShippedProperty[] {
    return Object.keys(value).map((key) => ({
      key,
      value: this.at(`.${key}`, () => this.value((value as Record<string, unknown>)[key])),
    }))
  }

  private instance(value: object, prototype: object): ShippedNode {
    const made: unknown = (prototype as { constructor?: unknown }).constructor
    const name = nameOf(value)
    if (typeof made !== 'function' || made.prototype !== prototype) {
      throw this.refuse({
        kind: 'an object with a prototype of its own',
        advice: 'use a plain object, or an instance of a class',
      })
    }
    for (
      let each: unknown = made;
      typeof each === 'function' && each !== Function.prototype;
      each = Object.getPrototypeOf(each)
    ) {
      if (ENGINE_NAMES.has(each)) break
      if (intrinsicPath(each) !== undefined) {
        if (each === Object || each === Error || (types.isNativeError(value) && each.prototype instanceof Error)) break
        throw this.refuse(nativeRefusal(name))
      }
      const facts = this.facts(each)
      if (facts === undefined || facts.url.startsWith('node:')) throw this.refuse(nativeRefusal(name))
      if (facts.url.startsWith(ENGINE_ROOT) && !OF_TESTS.test(facts.url)) {
        throw this.refuse({
          kind: `Bellows' own ${name}`,
          advice: 'it lives in the driver: take values out of it before',
        })
      }
      if (parseFunction(String(each)).hasPrivate) throw this.refuse(privateRefusal(name))
    }
    const isError = types.isNativeError(value)
    const message = isError
      ? [
          { key: 'message', value: (value as Error).message },
          { key: 'stack', value: (value as Error).stack ?? '' },
        ]
      : []
    return { k: 'instance', class: this.value(made), isError, fields: [...this.fields(value), ...message] }
  }

  private accumulator(value: AccumulatorV2<never, unknown>): ShippedNode {
    if (value.id === undefined) {
      throw this.refuse({
        kind: 'an accumulator that is not registered',
        advice: 'call sparkContext.register(it) before',
      })
    }
    this.accumulators.set(value.id, value)
    const zero = value.copyAndReset()
    const prototype = Object.getPrototypeOf(zero)
    const node: ShippedNode = this.instance(zero, prototype)
    const id = this.nodes.push(node) - 1
    return { k: 'accumulator', id: value.id, zero: { r: id } }
  }

  private facts(fn: AnyFunction): FunctionFacts | undefined {
    try {
      return inspectFunction(fn)
    } catch (error) {
      throw userError(`${this.way[0]}: functions cannot be sent without Node's inspector: ${messageOf(error)}`, error)
    }
  }

  private function(fn: AnyFunction): ShippedNode {
    const engine = ENGINE_NAMES.get(fn)
    if (engine !== undefined) return { k: 'engine', name: engine }
    const intrinsic = intrinsicPath(fn)
    if (intrinsic !== undefined) return { k: 'intrinsic', path: intrinsic }
    if (types.isProxy(fn)) throw this.refuse({ kind: 'a Proxy', advice: 'send the function behind it' })
    const facts = this.facts(fn)
    if (facts === undefined || facts.url.startsWith('node:')) {
      const exported = nodeExport(fn)
      if (exported !== undefined)
        return { k: 'import', specifier: `node:${exported[0]}`, parent: '', name: exported[1] }
      throw this.refuse({ kind: 'a native or bound function', advice: 'wrap it in an arrow function: (x) => f(x)' })
    }
    const exported = this.exportedElsewhere(fn, facts)
    if (exported !== undefined) return exported
    const parsed = this.parsed(fn)
    const captured = this.captured(fn, parsed, facts)
    const assigned = parsed.assigned.filter((name) => captured.some((each) => each.key === name))
    if (assigned.length > 0 && this.options.moment === 'call') {
      this.options.warn(
        `${this.way[0]}: a function assigns to ${assigned.map((name) => `\`${name}\``).join(', ')} of the program: ` +
          'executors change a copy, the driver never sees it (use an accumulator)',
      )
    }
    return {
      k: 'function',
      name: fn.name,
      text: parsed.text,
      isClass: parsed.isClass,
      url: facts.url,
      line: facts.line,
      column: facts.column,
      captured,
      fields: this.fields(fn),
    }
  }

  private parsed(fn: AnyFunction): ReturnType<typeof parseFunction> {
    try {
      return parseFunction(String(fn))
    } catch (error) {
      throw this.refuse({ kind: fn.name === '' ? 'a function' : `the function ${fn.name}`, advice: messageOf(error) })
    }
  }

  /** A function that another module than the program exports is imported there; the program itself must not run again. */
  private exportedElsewhere(fn: AnyFunction, facts: FunctionFacts): ShippedNode | undefined {
    if (!facts.url.startsWith('file:') || facts.url === programUrl()) return undefined
    const module = facts.scopes.at(-1)
    for (const [local, name] of moduleFacts(facts.url).exports) {
      if (module?.[local] === fn) return { k: 'import', specifier: facts.url, parent: '', name }
    }
    return undefined
  }

  private captured(
    fn: AnyFunction,
    parsed: ReturnType<typeof parseFunction>,
    facts: FunctionFacts,
  ): readonly ShippedProperty[] {
    const { imports } = moduleFacts(facts.url)
    const found: ShippedProperty[] = []
    for (const name of parsed.free) {
      const at = facts.scopes.findIndex((scope) => Object.hasOwn(scope, name))
      const binding = imports.get(name)
      if (binding !== undefined && (at < 0 || at === facts.scopes.length - 1)) {
        found.push({ key: name, value: this.imported(binding.specifier, facts.url, binding.imported) })
      } else if (at >= 0) {
        const value = this.read(fn, name, facts.scopes[at] ?? {})
        if (value === NO_VALUE) continue
        const step = this.way.length === 1 ? ` \`${name}\`` : ` → \`${name}\``
        found.push({ key: name, value: this.at(step, () => this.value(value)) })
      } else if (name === parsed.superName) {
        // Nothing of the class holds on to the variable: what it extends is known all the same.
        found.push({ key: name, value: this.value(Object.getPrototypeOf(fn)) })
      } else if (!isStandardGlobal(name)) {
        this.undeclared(fn, name)
      }
    }
    return found
  }

  /** A variable before its declaration has run cannot be read, not even by the inspector. */
  private read(fn: AnyFunction, name: string, scope: Readonly<Record<string, unknown>>): unknown {
    try {
      return scope[name]
    } catch {
      this.undeclared(fn, name)
      return NO_VALUE
    }
  }

  private undeclared(fn: AnyFunction, name: string): void {
    if (name === fn.name) return
    const advice = Object.hasOwn(globalThis, name)
      ? 'executors do not have it: take it into a const, and use that'
      : 'declare it, and give it a value before the action'
    if (this.options.moment === 'call' && !Object.hasOwn(globalThis, name)) return
    throw this.at(`${this.way.length === 1 ? '' : ' →'} \`${name}\``, () =>
      this.refuse({
        kind: Object.hasOwn(globalThis, name) ? 'a global of the program' : 'a variable without a value',
        advice,
      }),
    )
  }

  private imported(specifier: string, parent: string, name: string): ShippedValue {
    const key = `import ${specifier} ${parent} ${name}`
    return this.node(key, () => {
      if (specifier === 'bellows' && Object.hasOwn(ENGINE_VALUES, name)) return { k: 'engine', name }
      if (isBuiltin(specifier)) {
        return {
          k: 'import',
          specifier: specifier.startsWith('node:') ? specifier : `node:${specifier}`,
          parent: '',
          name,
        }
      }
      if (/^(\.{0,2}\/|\w+:)/.test(specifier))
        return { k: 'import', specifier: new URL(specifier, parent).href, parent: '', name }
      return { k: 'import', specifier, parent, name }
    })
  }
}
