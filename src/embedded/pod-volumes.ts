import { mkdir, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Container, Pod, Volume } from '../kube/pod.ts'
import { ConfigMaps, Secrets } from '../kube/resource-type.ts'
import { ContainerConfigError, keysOf, type Lookup, podField, resourceField } from './container-environment.ts'
import { isObject, type JsonObject } from './json.ts'
import type { MappedPath } from './path-map.ts'

/** A volume cannot be had yet; the pod stays Pending and is tried again. The message is that of the kubelet's event. */
export class MountError extends Error {
  override readonly name = 'MountError'
}

/** Makes every volume of the pod under `directory`. Gives the local path of each by name. Throws MountError. */
export const makeVolumes = async (
  pod: Pod,
  directory: string,
  lookup: Lookup,
): Promise<ReadonlyMap<string, string>> => {
  const paths = new Map<string, string>()
  for (const volume of pod.spec.volumes ?? []) {
    try {
      paths.set(volume.name, await makeVolume(pod, volume, join(directory, volume.name), lookup))
    } catch (error) {
      if (!(error instanceof ContainerConfigError)) throw error
      throw new MountError(`MountVolume.SetUp failed for volume "${volume.name}" : ${error.message}`, { cause: error })
    }
  }
  return paths
}

const makeVolume = async (pod: Pod, volume: Volume, path: string, lookup: Lookup): Promise<string> => {
  if (volume.hostPath !== undefined) return await hostPath(volume.hostPath)
  const files = volumeFiles(pod, volume, lookup)
  await rm(path, { recursive: true, force: true })
  await mkdir(path, { recursive: true, mode: 0o700 })
  for (const [name, content] of files) {
    const file = join(path, name)
    if (!file.startsWith(`${path}/`)) throw new ContainerConfigError(`path ${name} leaves the volume`)
    await mkdir(dirname(file), { recursive: true, mode: 0o700 })
    await writeFile(file, content, { mode: 0o600 })
  }
  return path
}

const hostPath = async ({ path, type }: NonNullable<Volume['hostPath']>): Promise<string> => {
  if (type === 'DirectoryOrCreate') await mkdir(path, { recursive: true })
  if (type === 'Directory' || type === 'File') {
    const found = await stat(path).catch(() => undefined)
    if (type === 'Directory' ? !found?.isDirectory() : !found?.isFile()) {
      throw new ContainerConfigError(`hostPath type check failed: ${path} is not a ${type.toLowerCase()}`)
    }
  }
  return path
}

const volumeFiles = (pod: Pod, volume: Volume, lookup: Lookup): ReadonlyMap<string, Buffer> => {
  if (volume.emptyDir !== undefined) return new Map()
  if (volume.secret !== undefined)
    return keyFiles(lookup, Secrets, { ...volume.secret, name: volume.secret.secretName })
  if (volume.configMap !== undefined) return keyFiles(lookup, ConfigMaps, volume.configMap)
  if (isObject(volume.downwardAPI)) return downwardFiles(pod, volume.downwardAPI)
  if (isObject(volume.projected)) return projectedFiles(pod, volume.projected, lookup)
  const kind = Object.keys(volume).find((field) => field !== 'name') ?? 'nothing'
  throw new ContainerConfigError(`volumes of type ${kind} are not available in embedded mode`)
}

const items = (source: JsonObject): JsonObject[] => (Array.isArray(source.items) ? source.items.filter(isObject) : [])

const keyFiles = (lookup: Lookup, type: typeof Secrets, source: JsonObject): ReadonlyMap<string, Buffer> => {
  const optional = source.optional === true
  const keys = keysOf(lookup, type, String(source.name), optional) ?? new Map<string, Buffer>()
  if (items(source).length === 0) return keys
  return new Map(
    items(source).flatMap((item): [string, Buffer][] => {
      const content = keys.get(String(item.key))
      if (content !== undefined) return [[String(item.path), content]]
      if (optional) return []
      throw new ContainerConfigError(`references non-existent ${type.kind.toLowerCase()} key: ${item.key}`)
    }),
  )
}

const downwardFiles = (pod: Pod, source: JsonObject): ReadonlyMap<string, Buffer> =>
  new Map(
    items(source).map((item) => {
      const { fieldRef, resourceFieldRef } = item
      const text = isObject(fieldRef)
        ? podField(pod, String(fieldRef.fieldPath))
        : resourceField(pod, undefined, isObject(resourceFieldRef) ? resourceFieldRef : {})
      return [String(item.path), Buffer.from(text)]
    }),
  )

const projectedFiles = (pod: Pod, source: JsonObject, lookup: Lookup): ReadonlyMap<string, Buffer> => {
  const sources = Array.isArray(source.sources) ? source.sources.filter(isObject) : []
  return new Map(
    sources.flatMap((part): [string, Buffer][] => {
      if (isObject(part.secret)) return [...keyFiles(lookup, Secrets, part.secret)]
      if (isObject(part.configMap)) return [...keyFiles(lookup, ConfigMaps, part.configMap)]
      if (isObject(part.downwardAPI)) return [...downwardFiles(pod, part.downwardAPI)]
      throw new ContainerConfigError(`projected ${Object.keys(part)[0]} is not available in embedded mode`)
    }),
  )
}

/** Where the mount paths of a container lie on this machine. */
export const mountedPaths = async (
  container: Container,
  volumes: ReadonlyMap<string, string>,
): Promise<readonly MappedPath[]> => {
  const paths: MappedPath[] = []
  for (const mount of container.volumeMounts ?? []) {
    const root = volumes.get(mount.name)
    if (root === undefined) continue
    const to = mount.subPath === undefined ? root : join(root, mount.subPath)
    if ((await stat(to).catch(() => undefined)) === undefined) await mkdir(to, { recursive: true })
    paths.push({ from: mount.mountPath, to })
  }
  return paths
}

/**
 * The mount path of an emptyDir at /tmp, if the container has one. It begins empty, so no path below it that a program
 * names can be meant: what it names lies in this machine's /tmp (where the user's own files may be). Only TMPDIR leads
 * to the private directory.
 */
export const privateTemporary = (pod: Pod, container: Container): string | undefined => {
  const empty = new Set(
    (pod.spec.volumes ?? []).filter(({ emptyDir }) => emptyDir !== undefined).map(({ name }) => name),
  )
  return container.volumeMounts?.find(({ name, mountPath }) => empty.has(name) && /^\/tmp\/*$/.test(mountPath))
    ?.mountPath
}
