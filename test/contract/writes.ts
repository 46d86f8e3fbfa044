import { expect, it } from 'vitest'
import type { KubeObject } from '../../src/kube/object.ts'
import { ConfigMaps, Leases, Pods, Secrets } from '../../src/kube/resource-type.ts'
import { type ContractSetting, configMap, fresh, nodePod, outcome, refusalOf, widget } from './setting.ts'
import { type Widget, Widgets } from './widgets.ts'

/** Create, get, replace, merge patch; what the server fills in, counts and refuses. */
export const writeCases = (setting: () => ContractSetting): void => {
  const make = (object: KubeObject) => setting().cluster.create(ConfigMaps, object)
  const named = (stem: string, data?: Record<string, string>, metadata = {}) =>
    configMap(setting().namespace, fresh(stem), data, metadata)

  it('gives a created object a uid, a version and a time, and reads it back', async () => {
    const made = await make(named('made', { a: '1' }))
    expect(made.metadata.uid).toMatch(/^[0-9a-f-]{36}$/)
    expect(made.metadata.resourceVersion).toMatch(/^[1-9]\d*$/)
    expect(made.metadata.creationTimestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
    const read = await setting().cluster.get(ConfigMaps, made.metadata)
    expect(read).toEqual(made)
    expect(read).toMatchObject({ apiVersion: 'v1', kind: 'ConfigMap', data: { a: '1' } })
  })

  it('answers undefined for an absent object', async () => {
    expect(await setting().cluster.get(ConfigMaps, { namespace: setting().namespace, name: 'absent' })).toBeUndefined()
  })

  it('sets uid and times itself, whatever the request says', async () => {
    const made = await make(named('own', {}, { uid: 'mine', creationTimestamp: '2001-01-01T00:00:00Z' }))
    expect(made.metadata.uid).not.toBe('mine')
    expect(made.metadata.creationTimestamp).not.toBe('2001-01-01T00:00:00Z')
  })

  it('refuses a second object of one name with AlreadyExists', async () => {
    const object = named('twice')
    await make(object)
    const refusal = await refusalOf(make(object))
    expect([refusal.status, refusal.reason]).toEqual([409, 'AlreadyExists'])
    expect(refusal.message).toBe(`configmaps "${object.metadata.name}" already exists`)
  })

  it('makes a name from generateName', async () => {
    const object = configMap(setting().namespace, '', {}, { generateName: 'some-' })
    const [one, two] = [await make(object), await make(object)]
    expect(one.metadata.name).toMatch(/^some-[a-z0-9]{5}$/)
    expect(two.metadata.name).not.toBe(one.metadata.name)
  })

  it('refuses to create in a missing namespace with NotFound', async () => {
    const refusal = await refusalOf(make(configMap('no-such-namespace', 'x')))
    expect([refusal.status, refusal.message]).toEqual([404, 'namespaces "no-such-namespace" not found'])
  })

  it('refuses a resourceVersion on create', async () => {
    expect(await outcome(make(named('rv', {}, { resourceVersion: '7' })))).toBe('500 InternalError')
  })

  it('refuses a bad name, and says which field and why', async () => {
    const refusal = await refusalOf(make(configMap(setting().namespace, 'Bad_Name')))
    expect([refusal.status, refusal.reason]).toEqual([422, 'Invalid'])
    expect(refusal.causes).toEqual([
      {
        reason: 'FieldValueInvalid',
        field: 'metadata.name',
        message: expect.stringContaining('a lowercase RFC 1123 subdomain must consist of'),
      },
    ])
    expect(refusal.message).toContain('ConfigMap "Bad_Name" is invalid: metadata.name: Invalid value: "Bad_Name": ')
  })

  it.each([
    ['a name of 254 characters', { name: 'n'.repeat(254) }],
    ['an empty name', { name: '' }],
    ['a label value of 64 characters', { labels: { key: 'v'.repeat(64) } }],
    ['a label value with a space', { labels: { key: 'a b' } }],
    ['a label key with two slashes', { labels: { 'a/b/c': 'v' } }],
    ['a label key with an upper-case prefix', { labels: { 'Example.com/a': 'v' } }],
    ['an annotation key with a space', { annotations: { 'a b': 'v' } }],
    ['annotations of more than 256 KiB', { annotations: { a: 'v'.repeat(262_144) } }],
    ['an owner without a name', { ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: '', uid: 'u' }] }],
    ['an unqualified finalizer', { finalizers: ['mine'] }],
  ])('refuses %s as Invalid', async (_, metadata) => {
    expect(await outcome(make(named('bad', {}, metadata)))).toBe('422 Invalid')
  })

  it.each([
    ['a label value of 63 characters', { labels: { 'example.com/key': 'v'.repeat(63) } }],
    ['an empty label value', { labels: { key: '' } }],
    ['any text in an annotation', { annotations: { key: 'Ü{"}\n' } }],
    ['a name with dots', { name: `${fresh('with')}.dots.v1` }],
  ])('accepts %s', async (_, metadata) => {
    expect(await make(named('good', {}, metadata))).toMatchObject({ metadata })
  })

  it('refuses two controllers of one object', async () => {
    const owner = (uid: string) => ({ apiVersion: 'v1', kind: 'Pod', name: 'p', uid, controller: true })
    const refusal = await refusalOf(make(named('two', {}, { ownerReferences: [owner('1'), owner('2')] })))
    expect(refusal.status).toBe(422)
    expect(refusal.message).toContain('Only one reference can have Controller set to true')
  })

  it('refuses values of the wrong JSON type with BadRequest', async () => {
    expect(await outcome(make(named('type', { a: 1 } as never)))).toBe('400 BadRequest')
    expect(await outcome(make(named('type', {}, { labels: { a: 1 } })))).toBe('400 BadRequest')
  })

  it('refuses data of more than 1 MiB and keys that are no file names', async () => {
    expect(await outcome(make(named('big', { a: 'x'.repeat(1024 * 1024 + 1) })))).toBe('422 Invalid')
    expect(await outcome(make(named('key', { 'a b': 'x' })))).toBe('422 Invalid')
  })

  it('counts versions up over all kinds', async () => {
    const versions: number[] = []
    for (const step of [1, 2, 3]) {
      versions.push(Number((await make(named(`v${step}`))).metadata.resourceVersion))
      const other = await setting().cluster.create(Widgets, widget(setting().namespace, fresh('v')))
      versions.push(Number(other.metadata.resourceVersion))
    }
    expect(versions).toEqual([...versions].sort((a, b) => a - b))
    expect(new Set(versions).size).toBe(versions.length)
  })

  it('replaces, and refuses a stale version or a foreign uid with Conflict', async () => {
    const { cluster } = setting()
    const one = await make(named('put', { a: '1' }))
    const two = await cluster.replace(ConfigMaps, { ...one, data: { b: '2' } })
    expect(two).toMatchObject({ data: { b: '2' }, metadata: { uid: one.metadata.uid } })
    expect(two.data).not.toHaveProperty('a')
    const stale = await refusalOf(cluster.replace(ConfigMaps, { ...one, data: { c: '3' } }))
    expect([stale.status, stale.reason]).toEqual([409, 'Conflict'])
    expect(stale.message).toContain('the object has been modified; please apply your changes to the latest version')
    const foreign = { ...two, metadata: { ...two.metadata, uid: '00000000-0000-0000-0000-000000000000' } }
    expect(await outcome(cluster.replace(ConfigMaps, foreign))).toBe('409 Conflict')
    expect(await outcome(cluster.replace(ConfigMaps, named('absent')))).toBe('404 NotFound')
  })

  it('keeps the version where a write changes nothing', async () => {
    const { cluster } = setting()
    const made = await make(named('noop', { a: '1' }))
    const version = made.metadata.resourceVersion
    expect((await cluster.replace(ConfigMaps, made)).metadata.resourceVersion).toBe(version)
    const patched = await cluster.mergePatch(ConfigMaps, made.metadata, { data: { a: '1' } })
    expect(patched.metadata.resourceVersion).toBe(version)
  })

  it('demands a version for replacing a custom resource or a Lease', async () => {
    const { cluster, namespace } = setting()
    const made = await cluster.create(Widgets, widget(namespace, fresh('unversioned')))
    const { resourceVersion: _, ...metadata } = made.metadata
    const refusal = await refusalOf(cluster.replace(Widgets, { ...made, metadata }))
    expect(refusal.status).toBe(422)
    expect(refusal.message).toContain('must be specified for an update')
  })

  it('refuses a Lease time that is not in microseconds', async () => {
    const { cluster, namespace } = setting()
    const lease = (renewTime: string): KubeObject => ({
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: fresh('lease'), namespace },
      spec: { holderIdentity: 'me', renewTime },
    })
    expect(await outcome(cluster.create(Leases, lease('2026-01-01T00:00:00Z')))).toBe('400 BadRequest')
    expect(await outcome(cluster.create(Leases, lease('2026-01-01T00:00:00.000000Z')))).toBe('ok')
  })

  it('merge-patches: sets, removes with null, replaces lists', async () => {
    const { cluster } = setting()
    const made = await make(named('patch', { a: '1', b: '2' }, { labels: { l: '1', m: '2' } }))
    const patch = { metadata: { labels: { l: null } }, data: { a: null, c: '3' } }
    const patched = await cluster.mergePatch(ConfigMaps, made.metadata, patch)
    expect(patched).toMatchObject({ data: { b: '2', c: '3' }, metadata: { labels: { m: '2' } } })
    expect(Object.keys(patched.data as object)).toEqual(['b', 'c'])
    expect(Object.keys(patched.metadata.labels ?? {})).toEqual(['m'])
  })

  it('takes a version in a merge patch as precondition, and refuses another uid as Invalid', async () => {
    const { cluster } = setting()
    const made = await make(named('precondition', { a: '1' }))
    const patch = (metadata: object) =>
      outcome(cluster.mergePatch(ConfigMaps, made.metadata, { metadata, data: { a: '2' } }))
    expect(await patch({ resourceVersion: '1' })).toBe('409 Conflict')
    expect(await patch({ uid: '00000000-0000-0000-0000-000000000000' })).toBe('422 Invalid')
    expect(await patch({ name: 'another' })).toBe('400 BadRequest')
    expect(await patch({ uid: made.metadata.uid, resourceVersion: made.metadata.resourceVersion })).toBe('ok')
    expect(await outcome(cluster.mergePatch(ConfigMaps, { ...made.metadata, name: 'absent' }, {}))).toBe('404 NotFound')
  })

  it('refuses what the schema of a custom resource refuses', async () => {
    const { cluster, namespace } = setting()
    const refusal = await refusalOf(
      cluster.create(Widgets, widget(namespace, fresh('negative'), { spec: { size: -1 } })),
    )
    expect([refusal.status, refusal.reason]).toEqual([422, 'Invalid'])
    expect(refusal.causes[0]?.field).toBe('spec.size')
    expect(refusal.message).toContain('spec.size: Invalid value: -1')
  })

  it('keeps status and the rest apart, and counts only changes of the rest as generations', async () => {
    const { cluster, namespace } = setting()
    const made = await cluster.create<Widget>(
      Widgets,
      widget(namespace, fresh('status'), { spec: { size: 1 }, status: { phase: 'made up' } }),
    )
    expect(made.status).toBeUndefined()
    expect(made.metadata.generation).toBe(1)
    const written = await cluster.replace<Widget>(
      Widgets,
      { ...made, spec: { size: 9 }, status: { phase: 'real' } },
      { subresource: 'status' },
    )
    expect(written).toMatchObject({ spec: { size: 1 }, status: { phase: 'real' }, metadata: { generation: 1 } })
    const labelled = await cluster.mergePatch<Widget>(Widgets, made.metadata, {
      metadata: { labels: { a: 'b' } },
      status: { phase: 'ignored' },
    })
    expect(labelled).toMatchObject({ status: { phase: 'real' }, metadata: { generation: 1, labels: { a: 'b' } } })
    const grown = await cluster.mergePatch<Widget>(Widgets, made.metadata, { spec: { size: 2 } })
    expect(grown).toMatchObject({ status: { phase: 'real' }, metadata: { generation: 2 } })
  })

  it('changes no metadata of a custom resource through /status, not even where the uid is another', async () => {
    const { cluster, namespace } = setting()
    const made = await cluster.create<Widget>(Widgets, widget(namespace, fresh('sub'), { spec: { size: 1 } }))
    const options = { subresource: 'status' } as const
    const labels = { metadata: { labels: { a: 'b' } }, status: { seen: 1 } }
    const patched = await cluster.mergePatch<Widget>(Widgets, made.metadata, labels, options)
    expect(patched.metadata.labels).toBeUndefined()
    // A uid in a patch or an apply of /status is no precondition; in a PUT it is, and a version always is.
    const foreign = { uid: '00000000-0000-0000-0000-000000000000' }
    const patch = (metadata: object, status: object) =>
      outcome(cluster.mergePatch(Widgets, made.metadata, { metadata, status }, options))
    expect(await patch(foreign, { seen: 2 })).toBe('ok')
    expect(await patch({ resourceVersion: '1' }, { seen: 3 })).toBe('409 Conflict')
    const put = { ...patched, metadata: { ...patched.metadata, ...foreign } }
    expect(await outcome(cluster.replace(Widgets, put, options))).toBe('409 Conflict')
  })

  it('has no /status for kinds without one', async () => {
    const { cluster } = setting()
    const made = await make(named('nostatus'))
    const call = cluster.mergePatch(ConfigMaps, made.metadata, { status: {} }, { subresource: 'status' })
    expect(await outcome(call)).toBe('404 NotFound')
  })

  it('keeps an immutable Secret as it is and encodes stringData', async () => {
    const { cluster, namespace } = setting()
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: fresh('secret'), namespace }, immutable: true }
    const made = await cluster.create<KubeObject>(Secrets, { ...secret, stringData: { a: 'b' } })
    expect(made).toMatchObject({ data: { a: 'Yg==' }, type: 'Opaque' })
    expect(made.stringData).toBeUndefined()
    const patch = (part: object) => outcome(cluster.mergePatch(Secrets, made.metadata, part))
    expect(await patch({ data: { a: 'eA==' } })).toBe('422 Invalid')
    expect(await patch({ immutable: null })).toBe('422 Invalid')
    expect(await patch({ metadata: { labels: { a: 'b' } } })).toBe('ok')
    const broken = { ...secret, metadata: { name: fresh('secret'), namespace }, data: { a: '!' } }
    expect(await outcome(cluster.create(Secrets, broken as KubeObject))).toBe('400 BadRequest')
  })

  it('refuses pods that could never run, naming the fields', async () => {
    const { cluster } = setting()
    const pod = nodePod(setting(), fresh('bad'), '')
    const call = cluster.create(Pods, {
      ...pod,
      spec: {
        ...pod.spec,
        containers: [{ ...pod.spec.containers[0]!, name: 'A', volumeMounts: [{ name: 'none', mountPath: '/x' }] }],
      },
    })
    const refusal = await refusalOf(call)
    expect(refusal.status).toBe(422)
    const fields = refusal.causes.map((cause) => cause.field)
    expect(fields).toContain('spec.containers[0].name')
    expect(fields).toContain('spec.containers[0].volumeMounts[0].name')
    const empty = { ...pod, spec: { ...pod.spec, containers: [] } }
    expect((await refusalOf(cluster.create(Pods, empty))).message).toContain('spec.containers: Required value')
  })
}
