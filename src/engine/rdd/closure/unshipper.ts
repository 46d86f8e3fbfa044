import { registerHooks } from 'node:module'
import { deserialize } from 'node:v8'
import { compileFunction } from 'node:vm'
import { infrastructureError, messageOf, userError } from '../../errors.ts'
import { ENGINE_VALUES } from './engine-values.ts'
import type { ShippedNode, ShippedProperty, ShippedValue } from './shipped.ts'

const FROM = 'bellows-from:'
let hooked = false

/** Lets a module be imported as another one would: a package is looked for beside the program. */
const hookImports = (): void => {
  if (hooked) return
  hooked = true
  registerHooks({
    resolve: (specifier, context, next) => {
      if (specifier === 'bellows') {
        return { url: new URL('../../index.ts', import.meta.url).href, format: 'module-typescript', shortCircuit: true }
      }
      if (!specifier.startsWith(FROM)) return next(specifier, context)
      const [parent, wanted] = specifier.slice(FROM.length).split('|') as [string, string]
      return next(decodeURIComponent(wanted), { ...context, parentURL: decodeURIComponent(parent) })
    },
  })
}

type Node<K extends ShippedNode['k']> = Extract<ShippedNode, { readonly k: K }>
type Receive = (value: unknown) => void

/** A compiled function's text: gives closures, each with variables of its own. They share what the machine learns of them. */
type Factory = () => { readonly make: () => unknown; readonly set: (values: readonly unknown[]) => void }
const factories = new Map<string, Factory>()

const factoryOf = (node: Node<'function'>): Factory => {
  const names = node.captured.map((each) => each.key).join(', ')
  const key = `${node.url}:${node.line}:${node.column}\n${names}\n${node.text}`
  const known = factories.get(key)
  if (known !== undefined) return known
  // The text begins at its own line and column, so that stack traces name the program's.
  const declared = names === '' ? '' : `let ${names};`
  const text = `"use strict"; ${declared} return { set: ($values$) => { ${names === '' ? '' : `[${names}] = $values$`} }, make: () => (\n${' '.repeat(node.column)}${node.text}\n) }`
  const made = compileFunction(text, [], {
    filename: node.url || 'program',
    lineOffset: node.line - 1,
  }) as unknown as Factory
  if (factories.size < 10_000) factories.set(key, made)
  return made
}

export interface UnshipperHost {
  readonly broadcast: (id: number) => unknown
  readonly accumulator: (id: number, zero: unknown) => void
}

/** Makes values again of what Shipper made of them. */
export class Unshipper {
  private readonly nodes: readonly ShippedNode[]
  private readonly host: UnshipperHost
  private readonly made = new Map<number, unknown>()
  private readonly waiting = new Map<number, Receive[]>()
  private readonly modules = new Map<string, Record<string, unknown>>()

  private constructor(nodes: readonly ShippedNode[], host: UnshipperHost) {
    this.nodes = nodes
    this.host = host
  }

  /** Loads the modules that the values import. Throws EngineError, kind `user`, for one that is not to be had here. */
  static async open(nodes: readonly ShippedNode[], host: UnshipperHost): Promise<Unshipper> {
    const unshipper = new Unshipper(nodes, host)
    for (const node of nodes) if (node.k === 'import') await unshipper.load(node)
    return unshipper
  }

  private async load({ specifier, parent }: Node<'import'>): Promise<void> {
    const key = `${specifier}|${parent}`
    if (this.modules.has(key)) return
    hookImports()
    const wanted = parent === '' ? specifier : `${FROM}${encodeURIComponent(parent)}|${encodeURIComponent(specifier)}`
    try {
      this.modules.set(key, (await import(wanted)) as Record<string, unknown>)
    } catch (error) {
      throw userError(
        `a function imports ${specifier}, which an executor cannot load: ${messageOf(error)}; ` +
          'files and packages of the program must lie where executors see them under the same path',
        error,
      )
    }
  }

  value(shipped: ShippedValue): unknown {
    let value: unknown
    let there = false
    this.give(shipped, (made) => {
      value = made
      there = true
    })
    if (!there) throw infrastructureError('a value that was sent refers to itself before it is made')
    return value
  }

  /** Now, or as soon as the value is made. */
  private give(shipped: ShippedValue, receive: Receive): void {
    if (typeof shipped !== 'object' || shipped === null) {
      receive(shipped)
      return
    }
    if ('u' in shipped) {
      receive(undefined)
      return
    }
    if ('n' in shipped) {
      receive(Number(shipped.n))
      return
    }
    if ('i' in shipped) {
      receive(BigInt(shipped.i))
      return
    }
    if (this.made.has(shipped.r)) {
      receive(this.made.get(shipped.r))
      return
    }
    const waiting = this.waiting.get(shipped.r)
    if (waiting !== undefined) {
      waiting.push(receive)
      return
    }
    this.waiting.set(shipped.r, [receive])
    this.make(shipped.r)
  }

  private settle<T>(id: number, value: T): T {
    this.made.set(id, value)
    const waiting = this.waiting.get(id) ?? []
    this.waiting.delete(id)
    for (const receive of waiting) receive(value)
    return value
  }

  private make(id: number): void {
    const node = this.nodes[id]!
    switch (node.k) {
      case 'array': {
        const made = this.settle(id, new Array<unknown>(node.items.length))
        for (const [i, item] of node.items.entries()) {
          this.give(item, (value) => {
            made[i] = value
          })
        }
        return
      }
      case 'object':
        this.fill(this.settle(id, node.bare ? Object.create(null) : {}), node.fields)
        return
      case 'instance':
        this.instance(id, node)
        return
      case 'map': {
        const made = this.settle(id, new Map<unknown, unknown>())
        for (const [key, value] of node.entries)
          this.give(key, (one) => this.give(value, (other) => made.set(one, other)))
        return
      }
      case 'set': {
        const made = this.settle(id, new Set<unknown>())
        for (const item of node.items) this.give(item, (value) => made.add(value))
        return
      }
      case 'date':
        this.settle(id, new Date(this.value(node.time) as number))
        return
      case 'regexp': {
        const made = this.settle(id, new RegExp(node.source, node.flags))
        made.lastIndex = node.lastIndex
        return
      }
      case 'binary': {
        const made: unknown = deserialize(Buffer.from(node.bytes, 'base64'))
        this.settle(id, node.buffer ? Buffer.from(made as Uint8Array) : made)
        return
      }
      case 'error':
        this.error(id, node)
        return
      case 'function':
        this.function(id, node)
        return
      case 'import': {
        const module = this.modules.get(`${node.specifier}|${node.parent}`)!
        if (node.name !== '*' && !(node.name in module)) {
          throw userError(
            `a function imports ${node.name} of ${node.specifier}, which exports no such name on an executor`,
          )
        }
        this.settle(id, node.name === '*' ? module : module[node.name])
        return
      }
      case 'intrinsic':
        this.settle(
          id,
          node.path.reduce<unknown>((owner, name) => (owner as Record<string, unknown>)[name], globalThis),
        )
        return
      case 'engine':
        this.settle(id, ENGINE_VALUES[node.name])
        return
      case 'symbol':
        this.settle(id, Symbol.for(node.key))
        return
      case 'broadcast':
        this.settle(id, this.host.broadcast(node.id))
        return
      case 'accumulator': {
        const zero = this.value(node.zero)
        this.host.accumulator(node.id, zero)
        this.settle(id, zero)
        return
      }
    }
  }

  private fill(made: unknown, fields: readonly ShippedProperty[]): void {
    for (const { key, value } of fields) {
      this.give(value, (each) =>
        Object.defineProperty(made, key, { value: each, writable: true, enumerable: true, configurable: true }),
      )
    }
  }

  private instance(id: number, node: Node<'instance'>): void {
    this.give(node.class, (made) => {
      const prototype = (made as { prototype: object }).prototype
      const instance = node.isError ? Object.setPrototypeOf(new Error(), prototype) : Object.create(prototype)
      this.settle(id, instance)
      this.fill(instance, node.fields)
    })
  }

  private error(id: number, node: Node<'error'>): void {
    const known: unknown = Reflect.get(globalThis, node.class)
    const made =
      typeof known === 'function' ? (Reflect.construct(known, [node.message]) as Error) : new Error(node.message)
    made.message = node.message
    made.stack = node.stack
    this.settle(id, made)
    this.fill(made, node.fields)
  }

  private function(id: number, node: Node<'function'>): void {
    const { make, set } = factoryOf(node)()
    const values = new Array<unknown>(node.captured.length)
    const take = (): void => {
      for (const [i, { value }] of node.captured.entries()) {
        this.give(value, (each) => {
          values[i] = each
          set(values)
        })
      }
    }
    // A class reads its variables (what it extends, its static fields) while it is made, a function when it is called.
    if (node.isClass) take()
    const made = make() as object
    if (node.name !== (made as { name?: string }).name)
      Object.defineProperty(made, 'name', { value: node.name, configurable: true })
    this.settle(id, made)
    if (!node.isClass) take()
    this.fill(made, node.fields)
  }
}
