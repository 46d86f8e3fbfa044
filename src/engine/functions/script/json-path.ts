import { type Json, type JsonSyntax, readJson, writeJson } from './json-text.ts'
import type { ScriptTable } from './script-function.ts'

type Step = { readonly kind: 'name'; readonly name: string } | { readonly kind: 'index'; readonly index: number } | Any
type Any = { readonly kind: 'items' } | { readonly kind: 'fields' }
type Style = 'raw' | 'quoted' | 'flat'

/** What Hive's readers took too. Source: Spark's SharedFactory. */
const SYNTAX: JsonSyntax = { singleQuotes: true, controls: true }

const STEP = /\.\*|\['\*'\]|\.([^.[]+)|\['([^']+)'\]|\[(?:(\*)|(\d+))\]/y

/** The steps of a path; undefined: it is none. Source: Spark's JsonPathParser. */
const readPath = (path: string): readonly Step[] | undefined => {
  if (!path.startsWith('$')) return undefined
  const steps: Step[] = []
  let at = 1
  while (at < path.length) {
    STEP.lastIndex = at
    const found = STEP.exec(path)
    if (!found) return undefined
    at = STEP.lastIndex
    const [, dotted, quoted, star, index] = found
    const name = dotted ?? quoted
    if (name !== undefined) steps.push({ kind: 'name', name })
    else if (star !== undefined) steps.push({ kind: 'items' })
    else if (index !== undefined) steps.push({ kind: 'index', index: Number(index) })
    else steps.push({ kind: 'fields' })
  }
  return steps
}

/** Hive's way: nulls and what is not found give nothing, several items an array. Source: Spark's GetJsonObjectEvaluator. */
const collect = (json: Json, steps: readonly Step[], style: Style, out: string[]): boolean => {
  const [step, ...rest] = steps
  if (step === undefined) {
    if (json.kind === 'array' && style === 'flat')
      return json.items.map((item) => collect(item, [], style, out)).includes(true)
    out.push(json.kind === 'string' && style === 'raw' ? json.text : writeJson(json))
    return true
  }
  if (json.kind === 'object' && step.kind === 'name')
    return json.entries.some(
      ([name, value]) => name === step.name && value.kind !== 'null' && collect(value, rest, style, out),
    )
  if (json.kind !== 'array') return false
  if (step.kind === 'index') {
    const item = json.items[step.index]
    return item !== undefined && collect(item, rest, rest[0]?.kind === 'items' ? 'quoted' : style, out)
  }
  if (step.kind !== 'items') return false
  const inner: string[] = []
  const each = (how: Style, next: readonly Step[]) =>
    json.items.filter((item) => collect(item, next, how, inner)).length
  if (rest[0]?.kind === 'items') {
    const found = each('flat', rest.slice(1)) > 0
    out.push(`[${inner.join(',')}]`)
    return found
  }
  if (style === 'quoted') {
    const found = each('quoted', rest) > 0
    out.push(`[${inner.join(',')}]`)
    return found
  }
  const found = each(style === 'raw' ? 'quoted' : 'flat', rest)
  if (found > 0) out.push(found > 1 ? `[${inner.join(',')}]` : inner.join(','))
  return found > 0
}

/** Paths are nearly always one constant. */
const remembered = <V>(read: (text: string) => V): ((text: string) => V) => {
  let last: { readonly text: string; readonly value: V } | undefined
  return (text) => {
    if (last?.text !== text) last = { text, value: read(text) }
    return last.value
  }
}

const root = (text: string): Json | undefined => {
  const json = readJson(text, SYNTAX)
  return json === 'malformed' ? undefined : json
}

export const JSON_PATH: ScriptTable = {
  getjsonobject: {
    make: () => {
      const pathOf = remembered(readPath)
      return (text: string, path: string) => {
        const steps = pathOf(path)
        const json = steps && root(text)
        if (!json) return null
        const out: string[] = []
        return collect(json, steps, 'raw', out) ? out.join(',') : null
      }
    },
  },
  jsonarraylength: {
    make: () => (text: string) => {
      const json = root(text)
      return json?.kind === 'array' ? json.items.length : null
    },
  },
  jsonobjectkeys: {
    make: () => (text: string) => {
      const json = root(text)
      return json?.kind === 'object' ? json.entries.map(([name]) => name) : null
    },
  },
  // The fields as a struct, each as text.
  jsontuple: {
    takesNulls: true,
    make:
      () =>
      (text: string | null, ...names: readonly (string | null)[]) => {
        const json = text === null ? undefined : root(text)
        const fields = json?.kind === 'object' ? new Map(json.entries) : new Map<string, Json>()
        const values = names.map((name) => {
          const value = name === null ? undefined : fields.get(name)
          if (value === undefined || value.kind === 'null') return null
          return value.kind === 'string' ? value.text : writeJson(value)
        })
        return [values]
      },
  },
}
