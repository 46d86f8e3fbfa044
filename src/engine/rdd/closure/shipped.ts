/** A value on its way to another process, as JSON. Objects and functions stand in a table, so that cycles and sharing stay. */
export type ShippedValue =
  | null
  | boolean
  | number
  | string
  | { readonly u: 1 }
  /** NaN, -0, Infinity, -Infinity. */
  | { readonly n: string }
  | { readonly i: string }
  | { readonly r: number }

export interface ShippedProperty {
  readonly key: string
  readonly value: ShippedValue
}

export type ShippedNode =
  | { readonly k: 'array'; readonly items: readonly ShippedValue[] }
  | { readonly k: 'object'; readonly bare: boolean; readonly fields: readonly ShippedProperty[] }
  | {
      readonly k: 'instance'
      readonly class: ShippedValue
      readonly isError: boolean
      readonly fields: readonly ShippedProperty[]
    }
  | { readonly k: 'map'; readonly entries: readonly (readonly [ShippedValue, ShippedValue])[] }
  | { readonly k: 'set'; readonly items: readonly ShippedValue[] }
  | { readonly k: 'date'; readonly time: ShippedValue }
  | { readonly k: 'regexp'; readonly source: string; readonly flags: string; readonly lastIndex: number }
  /** Typed arrays, buffers: Node's own serializer, base64. */
  | { readonly k: 'binary'; readonly bytes: string; readonly buffer: boolean }
  | {
      readonly k: 'error'
      readonly class: string
      readonly message: string
      readonly stack: string
      readonly fields: readonly ShippedProperty[]
    }
  | {
      readonly k: 'function'
      readonly name: string
      readonly text: string
      readonly isClass: boolean
      readonly url: string
      readonly line: number
      readonly column: number
      readonly captured: readonly ShippedProperty[]
      readonly fields: readonly ShippedProperty[]
    }
  /** `parent`: the URL of the module that imports it. */
  | { readonly k: 'import'; readonly specifier: string; readonly parent: string; readonly name: string }
  /** Math.max, Array.prototype.map: a path from globalThis. */
  | { readonly k: 'intrinsic'; readonly path: readonly string[] }
  | { readonly k: 'engine'; readonly name: string }
  | { readonly k: 'symbol'; readonly key: string }
  | { readonly k: 'broadcast'; readonly id: number }
  | { readonly k: 'accumulator'; readonly id: number; readonly zero: ShippedValue }

export interface ShippedGraph {
  readonly nodes: readonly ShippedNode[]
}
