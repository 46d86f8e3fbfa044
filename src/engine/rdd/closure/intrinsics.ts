import { builtinModules } from 'node:module'

type Path = readonly string[]

const isObject = (value: unknown): value is object =>
  (typeof value === 'object' && value !== null) || typeof value === 'function'

/** Functions and objects that JavaScript itself has in every process, by identity. Getters are not touched. */
const collect = (): ReadonlyMap<unknown, Path> => {
  const found = new Map<unknown, Path>()
  const members = (owner: object, path: Path): void => {
    for (const name of Object.getOwnPropertyNames(owner)) {
      const value: unknown = Object.getOwnPropertyDescriptor(owner, name)?.value
      if (isObject(value) && !found.has(value)) found.set(value, [...path, name])
    }
  }
  const globals = Object.getOwnPropertyNames(globalThis).filter(
    (name) => /^[A-Z]/.test(name) || /^(parse|is|en|de|struct)/.test(name),
  )
  for (const name of [...globals, 'console', 'process']) {
    const value: unknown = Object.getOwnPropertyDescriptor(globalThis, name)?.value
    if (isObject(value) && !found.has(value)) found.set(value, [name])
  }
  for (const [owner, path] of [...found]) {
    members(owner as object, path)
    const prototype: unknown = Object.getOwnPropertyDescriptor(owner as object, 'prototype')?.value
    if (isObject(prototype)) members(prototype, [...path, 'prototype'])
  }
  return found
}

let intrinsics: ReadonlyMap<unknown, Path> | undefined
let ofModules: Map<unknown, readonly [string, string]> | undefined

export const intrinsicPath = (value: object): Path | undefined => {
  intrinsics ??= collect()
  return intrinsics.get(value)
}

/** The module of Node and the export that a function is, where it is one. Loads all of Node's modules the first time. */
export const nodeExport = (value: object): readonly [string, string] | undefined => {
  if (ofModules === undefined) {
    ofModules = new Map()
    for (const name of builtinModules) {
      if (name.startsWith('_') || name === 'sys' || name === 'punycode' || name === 'trace_events') continue
      const exported: unknown = process.getBuiltinModule(name)
      if (!isObject(exported)) continue
      if (!ofModules.has(exported)) ofModules.set(exported, [name, 'default'])
      for (const key of Object.keys(exported)) {
        const member: unknown = Object.getOwnPropertyDescriptor(exported, key)?.value
        if (typeof member === 'function' && !ofModules.has(member)) ofModules.set(member, [name, key])
      }
    }
  }
  return ofModules.get(value)
}

const STANDARD = new Set(Object.getOwnPropertyNames(globalThis))

/** Whether every process of Node has a global of this name; names that a program has set itself are none. */
export const isStandardGlobal = (name: string): boolean => STANDARD.has(name) || name === 'undefined'
