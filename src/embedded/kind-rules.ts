import {
  ConfigMaps,
  Events,
  Leases,
  Namespaces,
  Nodes,
  Pods,
  type ResourceType,
  RoleBindings,
  Roles,
  Secrets,
  ServiceAccounts,
  Services,
} from '../kube/resource-type.ts'
import { duplicateItems } from './fields.ts'
import { at, isObject, type JsonObject } from './json.ts'
import { defaultListKeys, type ListKeys, podListKeys, serviceListKeys } from './list-keys.ts'
import { dnsLabelErrors, dnsSubdomainErrors, pathSegmentErrors } from './names.ts'
import { podDefaults, podErrors } from './pod-rules.ts'
import { badRequest, duplicateValue, type FieldError, forbiddenValue, invalidValue, tooLong } from './refusals.ts'

/** What the server knows about one kind beyond its address. */
export interface KindRules {
  readonly type: ResourceType
  /** Whether metadata.generation counts changes of what is neither metadata nor status. */
  readonly generation: boolean
  /** Whether a PUT may come without a resourceVersion. */
  readonly unconditionalUpdate: boolean
  /** Whether a PUT of an absent object makes it. */
  readonly createOnUpdate: boolean
  /** Whether writes to /status may also change labels and annotations. */
  readonly statusWritesMetadata: boolean
  readonly nameErrors: (name: string) => readonly string[]
  readonly listKeys: ListKeys
  /** Paths that field selectors may name, besides metadata.name and metadata.namespace. */
  readonly selectable: readonly string[]
  /** What the server fills in; gets its own copy. `now` is epoch milliseconds. */
  readonly defaults: (object: JsonObject) => JsonObject
  readonly errors: (object: JsonObject, old: JsonObject | undefined) => readonly FieldError[]
}

/** A kind that the wiring adds: a custom resource with its schema as functions. */
export interface RegisteredKind {
  readonly type: ResourceType
  /** One sentence a fault, `path: why`; empty where the object is acceptable. */
  readonly validate?: (object: JsonObject, old?: JsonObject) => readonly string[]
  readonly defaults?: (object: JsonObject) => JsonObject
  /** Lists of the schema with list type map or set, besides status.conditions. */
  readonly listKeys?: ListKeys
  readonly selectable?: readonly string[]
}

const plain = (type: ResourceType): KindRules => ({
  type,
  generation: false,
  unconditionalUpdate: true,
  createOnUpdate: false,
  statusWritesMetadata: true,
  nameErrors: dnsSubdomainErrors,
  listKeys: defaultListKeys,
  selectable: [],
  defaults: (object) => object,
  errors: () => [],
})

/** Total size of a ConfigMap's or Secret's data. Source: core/v1 MaxSecretSize. */
const MAX_DATA = 1024 * 1024
const KEY = /^[-._a-zA-Z0-9]+$/
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

const dataErrors = (object: JsonObject, old: JsonObject | undefined): readonly FieldError[] => {
  const errors: FieldError[] = []
  let size = 0
  for (const field of ['data', 'binaryData']) {
    const data = object[field]
    if (data === undefined || data === null) continue
    const kind = String(object.kind)
    const refuse = (why: string) => badRequest(`${kind} in version "v1" cannot be handled as a ${kind}: ${why}`)
    if (!isObject(data)) throw refuse(`json: cannot unmarshal into Go struct field ${kind}.${field}`)
    for (const [key, value] of Object.entries(data)) {
      if (typeof value !== 'string') {
        throw refuse(`json: cannot unmarshal ${typeof value} into Go struct field ${kind}.${field} of type string`)
      }
      const encoded = kind === 'Secret' || field === 'binaryData'
      if (encoded && !BASE64.test(value)) throw refuse(`illegal base64 data in ${field}[${key}]`)
      if (!KEY.test(key)) {
        errors.push(
          invalidValue(
            `${field}[${key}]`,
            key,
            "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')",
          ),
        )
      }
      size += Buffer.byteLength(value)
    }
  }
  if (size > MAX_DATA) errors.push(tooLong('data', MAX_DATA))
  if (old?.immutable === true) {
    if (object.immutable !== true) {
      errors.push(forbiddenValue('immutable', 'field is immutable when `immutable` is set'))
    }
    for (const field of ['data', 'binaryData']) {
      if (JSON.stringify(object[field] ?? {}) !== JSON.stringify(old[field] ?? {})) {
        errors.push(forbiddenValue(field, 'field is immutable when `immutable` is set'))
      }
    }
  }
  return errors
}

/** In maps of strings the server reads null as ''; empty maps it drops. */
const withTexts = (object: JsonObject): JsonObject => {
  const texts = Object.entries(object).flatMap(([field, value]): [string, unknown][] => {
    if ((field !== 'data' && field !== 'binaryData') || !isObject(value)) return [[field, value]]
    const entries = Object.entries(value).map(([key, text]) => [key, text ?? ''])
    return entries.length === 0 ? [] : [[field, Object.fromEntries(entries)]]
  })
  return Object.fromEntries(texts)
}

const secretDefaults = (object: JsonObject): JsonObject => {
  const { stringData, ...rest } = withTexts(object)
  const encoded = Object.entries(isObject(stringData) ? stringData : {}).map(([key, value]) => [
    key,
    Buffer.from(String(value)).toString('base64'),
  ])
  const data = { ...(isObject(rest.data) ? rest.data : {}), ...Object.fromEntries(encoded) }
  return { ...rest, ...(Object.keys(data).length > 0 ? { data } : {}), type: rest.type ?? 'Opaque' }
}

const MICRO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}(Z|[-+]\d\d:\d\d)$/

/** Fields of type MicroTime take exactly six fractional digits; anything else is a 400. */
const microTimes = (kind: string, fields: readonly (readonly string[])[]) => (object: JsonObject) => {
  for (const path of fields) {
    const value = at(object, ...path)
    if (value !== undefined && value !== null && !MICRO_TIME.test(String(value))) {
      throw badRequest(
        `${kind} in version "v1" cannot be handled as a ${kind}: parsing time ${JSON.stringify(value)} as "2006-01-02T15:04:05.000000Z07:00": cannot parse`,
      )
    }
  }
  return object
}

const namespaceLabelled = (namespace: JsonObject): JsonObject => {
  const metadata = isObject(namespace.metadata) ? namespace.metadata : {}
  const labels = isObject(metadata.labels) ? metadata.labels : {}
  return { ...metadata, labels: { ...labels, 'kubernetes.io/metadata.name': metadata.name } }
}

const builtIn: readonly KindRules[] = [
  {
    ...plain(Pods),
    generation: true,
    listKeys: podListKeys,
    selectable: [
      'spec.nodeName',
      'spec.restartPolicy',
      'spec.schedulerName',
      'spec.serviceAccountName',
      'status.phase',
      'status.podIP',
    ],
    defaults: podDefaults,
    errors: podErrors,
  },
  { ...plain(ConfigMaps), defaults: withTexts, errors: dataErrors },
  { ...plain(Secrets), selectable: ['type'], defaults: secretDefaults, errors: dataErrors },
  { ...plain(Services), nameErrors: dnsLabelErrors, listKeys: serviceListKeys },
  plain(ServiceAccounts),
  {
    ...plain(Namespaces),
    nameErrors: dnsLabelErrors,
    selectable: ['name', 'status.phase'],
    defaults: (object) => ({
      ...object,
      metadata: namespaceLabelled(object),
      spec: object.spec ?? { finalizers: ['kubernetes'] },
      status: object.status ?? { phase: 'Active' },
    }),
  },
  { ...plain(Nodes), selectable: ['spec.unschedulable'] },
  { ...plain(Roles), nameErrors: pathSegmentErrors, createOnUpdate: true },
  { ...plain(RoleBindings), nameErrors: pathSegmentErrors, createOnUpdate: true },
  {
    ...plain(Leases),
    unconditionalUpdate: false,
    createOnUpdate: true,
    defaults: microTimes('Lease', [
      ['spec', 'acquireTime'],
      ['spec', 'renewTime'],
    ]),
  },
  {
    ...plain(Events),
    createOnUpdate: true,
    selectable: [
      'regarding.kind',
      'regarding.namespace',
      'regarding.name',
      'regarding.uid',
      'reason',
      'type',
      'reportingController',
    ],
    defaults: microTimes('Event', [['eventTime'], ['series', 'lastObservedTime']]),
  },
]

const PATH = /^([a-zA-Z][\w.[\]'"/-]*): ([\s\S]*)$/

const registered = (kind: RegisteredKind): KindRules => ({
  ...plain(kind.type),
  generation: true,
  unconditionalUpdate: false,
  statusWritesMetadata: false,
  listKeys: { ...defaultListKeys, ...kind.listKeys },
  selectable: kind.selectable ?? [],
  defaults: kind.defaults ?? ((object) => object),
  errors: (object, old) => [
    ...duplicateItems(object, { ...defaultListKeys, ...kind.listKeys }).map(({ list, item }) =>
      duplicateValue(list.slice(1), item),
    ),
    ...(kind.validate?.(object, old) ?? []).map((sentence) => {
      const [, field = '', message = sentence] = PATH.exec(sentence) ?? []
      return { field, reason: 'FieldValueInvalid', message }
    }),
  ],
})

/** The key that a kind's objects are stored under: versions of one kind share their objects. */
export const kindKey = (type: ResourceType): string => `${type.group}/${type.plural}`

/** Every kind that the cluster serves, by `kindKey`. */
export const kindTable = (more: readonly RegisteredKind[]): ReadonlyMap<string, KindRules> =>
  new Map([...builtIn, ...more.map(registered)].map((rules) => [kindKey(rules.type), rules]))
