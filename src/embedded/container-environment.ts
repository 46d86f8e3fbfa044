import { availableParallelism, totalmem } from 'node:os'
import type { KubeObject } from '../kube/object.ts'
import type { Container, EnvVar, Pod } from '../kube/pod.ts'
import { quantity } from '../kube/quantity.ts'
import { ConfigMaps, type ResourceType, Secrets } from '../kube/resource-type.ts'
import { expanded } from './expansion.ts'
import { at, isObject, type JsonObject } from './json.ts'

/** What a container names is missing or wrong; it waits with reason CreateContainerConfigError and is tried again. */
export class ContainerConfigError extends Error {
  override readonly name = 'ContainerConfigError'
}

/** Reads an object of the pod's namespace. */
export type Lookup = (type: ResourceType, name: string) => KubeObject | undefined

/** The keys of a Secret or ConfigMap as bytes. Undefined where it is missing and `optional`. */
export const keysOf = (
  lookup: Lookup,
  type: typeof Secrets,
  name: string,
  optional: boolean,
): ReadonlyMap<string, Buffer> | undefined => {
  const object = lookup(type, name)
  if (object === undefined) {
    if (optional) return undefined
    throw new ContainerConfigError(`${type.kind.toLowerCase()} "${name}" not found`)
  }
  const encoding = type === Secrets ? 'base64' : 'utf8'
  const entries = (field: string, as: BufferEncoding): [string, Buffer][] =>
    Object.entries((object[field] as JsonObject | undefined) ?? {}).map(([key, text]) => [
      key,
      Buffer.from(String(text), as),
    ])
  return new Map([...entries('data', encoding), ...(type === ConfigMaps ? entries('binaryData', 'base64') : [])])
}

/** The variables of a container in the container's own terms, in order, `$(NAME)` expanded. */
export const containerEnvironment = (pod: Pod, container: Container, lookup: Lookup): ReadonlyMap<string, string> => {
  const variables = new Map<string, string>()
  const sources = Array.isArray(container.envFrom) ? container.envFrom.filter(isObject) : []
  for (const source of sources) {
    const prefix = String(source.prefix ?? '')
    for (const [field, type] of [
      ['secretRef', Secrets],
      ['configMapRef', ConfigMaps],
    ] as const) {
      const reference = source[field]
      if (!isObject(reference)) continue
      const keys = keysOf(lookup, type, String(reference.name), reference.optional === true)
      for (const [key, value] of keys ?? []) variables.set(prefix + key, value.toString())
    }
  }
  for (const variable of container.env ?? []) {
    const value = variableValue(variable, pod, container, lookup, variables)
    if (value !== undefined) variables.set(variable.name, value)
  }
  return variables
}

const variableValue = (
  variable: EnvVar,
  pod: Pod,
  container: Container,
  lookup: Lookup,
  earlier: ReadonlyMap<string, string>,
): string | undefined => {
  const from = variable.valueFrom
  if (from === undefined) return expanded(variable.value ?? '', earlier)
  if (from.fieldRef !== undefined) return podField(pod, from.fieldRef.fieldPath)
  if (isObject(from.resourceFieldRef)) return resourceField(pod, container, from.resourceFieldRef)
  for (const [reference, type] of [
    [from.secretKeyRef, Secrets],
    [from.configMapKeyRef, ConfigMaps],
  ] as const) {
    if (reference === undefined) continue
    const optional = reference.optional === true
    const value = keysOf(lookup, type, reference.name, optional)?.get(reference.key)
    if (value !== undefined) return value.toString()
    if (optional) return undefined
    throw new ContainerConfigError(
      `couldn't find key ${reference.key} in ${type.kind} ${pod.metadata.namespace}/${reference.name}`,
    )
  }
  throw new ContainerConfigError(`env ${variable.name}: embedded mode does not know this valueFrom`)
}

const KEYED_FIELD = /^metadata\.(labels|annotations)\['([^']+)'\]$/
const POD_FIELDS = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.podIP',
  'status.hostIP',
  'status.podIPs',
  'status.hostIPs',
]

/** A field of the pod by the downward API's path. */
export const podField = (pod: Pod, path: string): string => {
  const [, map, key] = KEYED_FIELD.exec(path) ?? []
  if (map !== undefined && key !== undefined) return String(at(pod, 'metadata', map, key) ?? '')
  if (path === 'metadata.labels' || path === 'metadata.annotations') {
    const entries = Object.entries((at(pod, ...path.split('.')) as JsonObject | undefined) ?? {})
    return entries
      .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
      .sort()
      .join('\n')
  }
  if (!POD_FIELDS.includes(path)) throw new ContainerConfigError(`unsupported fieldPath: ${path}`)
  if (path.startsWith('status.')) return '127.0.0.1'
  return String(at(pod, ...path.split('.')) ?? '')
}

/** An amount of a container in units of the divisor, rounded up; where none is set, what this machine has. */
export const resourceField = (pod: Pod, container: Container | undefined, reference: JsonObject): string => {
  const named = reference.containerName
  const target = named === undefined ? container : pod.spec.containers.find((each) => each.name === named)
  const [set = '', resource = ''] = String(reference.resource).split('.')
  if (target === undefined || (set !== 'limits' && set !== 'requests')) {
    throw new ContainerConfigError(`invalid resourceFieldRef ${JSON.stringify(reference)}`)
  }
  const machine = { cpu: availableParallelism(), memory: totalmem() }[resource] ?? 0
  const own = quantity(target.resources?.[set]?.[resource]) ?? quantity(target.resources?.limits?.[resource])
  const divisor = quantity(reference.divisor as string | undefined) || 1
  return String(Math.ceil((own ?? machine) / divisor))
}
