import { isObject, type JsonObject, same } from './json.ts'
import { dnsLabelErrors } from './names.ts'
import {
  duplicateValue,
  type FieldError,
  forbiddenValue,
  invalidValue,
  notFoundValue,
  requiredValue,
  unsupportedValue,
} from './refusals.ts'

const objects = (value: unknown): JsonObject[] => (Array.isArray(value) ? value.filter(isObject) : [])

/** Fields that the server fills in. Source: core/v1 defaults. */
export const podDefaults = (pod: JsonObject): JsonObject => {
  const spec = isObject(pod.spec) ? pod.spec : {}
  const serviceAccount = spec.serviceAccountName ?? spec.serviceAccount ?? 'default'
  const filled: JsonObject = {
    restartPolicy: 'Always',
    terminationGracePeriodSeconds: 30,
    dnsPolicy: 'ClusterFirst',
    schedulerName: 'default-scheduler',
    enableServiceLinks: true,
    securityContext: {},
    ...spec,
    serviceAccountName: serviceAccount,
    serviceAccount,
    ...(Array.isArray(spec.containers) ? { containers: spec.containers.map(containerDefaults) } : {}),
    ...(Array.isArray(spec.initContainers) ? { initContainers: spec.initContainers.map(containerDefaults) } : {}),
  }
  return { ...pod, spec: filled, status: pod.status ?? { phase: 'Pending', qosClass: qosClass(filled) } }
}

/** Source: core/v1 PodQOSClass. */
const qosClass = (spec: JsonObject): string => {
  const amounts = [...objects(spec.containers), ...objects(spec.initContainers)].map((container) => {
    const resources = isObject(container.resources) ? container.resources : {}
    const limits = isObject(resources.limits) ? resources.limits : {}
    const requests = isObject(resources.requests) ? resources.requests : limits
    return { limits, requests }
  })
  const known = ({ limits, requests }: (typeof amounts)[number]) =>
    ['cpu', 'memory'].every(
      (name) => limits[name] !== undefined && String(limits[name]) === String(requests[name] ?? limits[name]),
    )
  if (amounts.every(known)) return 'Guaranteed'
  const none = ({ limits, requests }: (typeof amounts)[number]) =>
    Object.keys(limits).length + Object.keys(requests).length === 0
  return amounts.every(none) ? 'BestEffort' : 'Burstable'
}

const containerDefaults = (container: unknown): unknown => {
  if (!isObject(container)) return container
  const image = String(container.image ?? '')
  const untagged = !/[:@][^/]+$/.test(image) || image.endsWith(':latest')
  return {
    resources: {},
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    imagePullPolicy: untagged ? 'Always' : 'IfNotPresent',
    ...container,
    ...(Array.isArray(container.ports)
      ? { ports: container.ports.map((port) => (isObject(port) ? { protocol: 'TCP', ...port } : port)) }
      : {}),
  }
}

const RESTART_POLICIES = ['Always', 'OnFailure', 'Never']
/** What may change in the spec of a pod that exists. Source: core validation, ValidatePodUpdate. */
const MUTABLE_SPEC = ['activeDeadlineSeconds', 'tolerations', 'terminationGracePeriodSeconds', 'nodeName']

/** The faults that a user's pod is most likely to have, in the server's words. */
export const podErrors = (pod: JsonObject, old: JsonObject | undefined): readonly FieldError[] => {
  const spec = isObject(pod.spec) ? pod.spec : {}
  if (old !== undefined) return isObject(old.spec) ? updateErrors(spec, old.spec) : []
  const volumes = new Set(objects(spec.volumes).map((volume) => volume.name))
  const containers = objects(spec.containers)
  const initContainers = objects(spec.initContainers)
  const errors: FieldError[] = []
  const seen = new Set<unknown>()
  const check = (container: JsonObject, path: string) => {
    errors.push(...containerErrors(container, path, volumes))
    if (seen.has(container.name)) errors.push(duplicateValue(`${path}.name`, container.name))
    seen.add(container.name)
  }
  if (containers.length === 0) errors.push(requiredValue('spec.containers'))
  containers.forEach((container, index) => {
    check(container, `spec.containers[${index}]`)
  })
  initContainers.forEach((container, index) => {
    check(container, `spec.initContainers[${index}]`)
  })
  if (!RESTART_POLICIES.includes(String(spec.restartPolicy))) {
    errors.push(unsupportedValue('spec.restartPolicy', spec.restartPolicy, RESTART_POLICIES))
  }
  const deadline = spec.activeDeadlineSeconds
  if (deadline !== undefined && !(typeof deadline === 'number' && deadline >= 1)) {
    errors.push(invalidValue('spec.activeDeadlineSeconds', deadline, 'must be between 1 and 2147483647, inclusive'))
  }
  return errors
}

const containerErrors = (container: JsonObject, path: string, volumes: ReadonlySet<unknown>): FieldError[] => {
  const errors: FieldError[] = []
  const name = container.name
  if (typeof name !== 'string' || name === '') errors.push(requiredValue(`${path}.name`))
  else errors.push(...dnsLabelErrors(name).map((why) => invalidValue(`${path}.name`, name, why)))
  if (typeof container.image !== 'string' || container.image === '') errors.push(requiredValue(`${path}.image`))
  objects(container.volumeMounts).forEach((mount, index) => {
    if (!volumes.has(mount.name)) {
      errors.push(notFoundValue(`${path}.volumeMounts[${index}].name`, mount.name))
    }
  })
  objects(container.env).forEach((variable, index) => {
    if (typeof variable.name !== 'string' || variable.name === '') {
      errors.push(requiredValue(`${path}.env[${index}].name`))
    }
  })
  return errors
}

const updateErrors = (spec: JsonObject, old: JsonObject): FieldError[] => {
  const fixed = (value: JsonObject): JsonObject => {
    const rest = Object.fromEntries(Object.entries(value).filter(([field]) => !MUTABLE_SPEC.includes(field)))
    const withoutImage = (list: unknown) => objects(list).map(({ image: _, ...container }) => container)
    return {
      ...rest,
      containers: withoutImage(value.containers),
      initContainers: withoutImage(value.initContainers),
    }
  }
  const moved = old.nodeName !== undefined && old.nodeName !== spec.nodeName
  return moved || !same(fixed(spec), fixed(old))
    ? [
        forbiddenValue(
          'spec',
          'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
        ),
      ]
    : []
}
