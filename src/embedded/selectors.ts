import type { KubeObject } from '../kube/object.ts'
import { at } from './json.ts'
import { labelValueErrors, qualifiedNameErrors } from './names.ts'
import { badRequest } from './refusals.ts'

export type Selector = (object: KubeObject) => boolean

const everything: Selector = () => true

/**
 * Label selectors as the API takes them: `a=b`, `a==b`, `a!=b`, `a in (b,c)`, `a notin (b)`, `a`, `!a`, `a>1`, `a<1`.
 * Throws BadRequest on anything else. Source: apimachinery pkg/labels.
 */
export const labelSelector = (text: string | undefined): Selector => {
  if (text === undefined || text.trim() === '') return everything
  const tests = splitOutsideParentheses(text).map(requirement)
  return (object) => tests.every((test) => test(object.metadata.labels ?? {}))
}

type Requirement = (labels: Readonly<Record<string, string>>) => boolean

const splitOutsideParentheses = (text: string): string[] => {
  const parts: string[] = []
  let depth = 0
  let start = 0
  for (let index = 0; index < text.length; index++) {
    if (text[index] === '(') depth++
    else if (text[index] === ')') depth--
    else if (text[index] === ',' && depth === 0) {
      parts.push(text.slice(start, index))
      start = index + 1
    }
  }
  parts.push(text.slice(start))
  return parts.map((part) => part.trim())
}

const REQUIREMENT =
  /^(?:(?<absent>!)\s*)?(?<key>[^\s!=<>(),]+)\s*(?:(?<set>in|notin)\s*\((?<values>[^()]*)\)|(?<operator>==|=|!=|>|<)\s*(?<value>[^\s!=<>(),]*))?$/

const requirement = (text: string): Requirement => {
  const groups = REQUIREMENT.exec(text)?.groups
  const key = groups?.key
  if (groups === undefined || key === undefined) {
    throw badRequest(`unable to parse requirement: found '${text}', expected: a label selector requirement`)
  }
  const refuse = (errors: readonly string[], what: string) => {
    if (errors.length > 0) throw badRequest(`unable to parse requirement: ${what}: ${errors.join('; ')}`)
  }
  refuse(qualifiedNameErrors(key), `key: Invalid value: "${key}"`)
  const { absent, set, values, operator, value = '' } = groups
  if (absent !== undefined) {
    if (set !== undefined || operator !== undefined) throw badRequest(`unable to parse requirement: '${text}'`)
    return (labels) => !Object.hasOwn(labels, key)
  }
  if (set !== undefined) {
    const allowed = new Set((values ?? '').split(',').map((each) => each.trim()))
    for (const each of allowed) refuse(labelValueErrors(each), `values: Invalid value: "${each}"`)
    return set === 'in'
      ? (labels) => Object.hasOwn(labels, key) && allowed.has(labels[key] ?? '')
      : (labels) => !(Object.hasOwn(labels, key) && allowed.has(labels[key] ?? ''))
  }
  switch (operator) {
    case undefined:
      return (labels) => Object.hasOwn(labels, key)
    case '>':
    case '<': {
      const bound = Number(value)
      if (!/^-?\d+$/.test(value))
        throw badRequest(`values[0]: Invalid value: "${value}": for 'Gt', 'Lt' operators, the value must be an integer`)
      return (labels) => {
        const number = Number(labels[key])
        return /^-?\d+$/.test(labels[key] ?? '') && (operator === '>' ? number > bound : number < bound)
      }
    }
    default:
      refuse(labelValueErrors(value), `values[0][${key}]: Invalid value: "${value}"`)
      return operator === '!='
        ? (labels) => labels[key] !== value
        : (labels) => Object.hasOwn(labels, key) && labels[key] === value
  }
}

/**
 * Field selectors: `path=value`, `path==value`, `path!=value`, joined by commas. Only `selectable` paths are allowed,
 * as the server allows only those that a kind declares; a path that the object lacks counts as ''.
 */
export const fieldSelector = (text: string | undefined, selectable: readonly string[]): Selector => {
  if (text === undefined || text.trim() === '') return everything
  const tests = text.split(',').map((part): Selector => {
    const match = /^([^=!]+?)(==|!=|=)(.*)$/.exec(part.trim())
    const [, path, operator, value] = match ?? []
    if (path === undefined) throw badRequest(`invalid selector: '${text}'; can't understand '${part}'`)
    if (!selectable.includes(path)) throw badRequest(`field label not supported: ${path}`)
    const segments = path.split('.')
    return (object) => (String(at(object, ...segments) ?? '') === value) === (operator !== '!=')
  })
  return (object) => tests.every((test) => test(object))
}
