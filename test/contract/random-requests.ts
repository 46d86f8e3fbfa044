import fc from 'fast-check'
import { expect, it } from 'vitest'
import { ApiError } from '../../src/kube/errors.ts'
import type { KubeObject } from '../../src/kube/object.ts'
import { ConfigMaps } from '../../src/kube/resource-type.ts'
import { ConfigMapModel, type Data, type Outcome, type Request, type Uid, type Version } from './config-map-model.ts'
import { type ContractSetting, configMap, fresh } from './setting.ts'

const name = fc.constantFrom('a', 'b')
const value = fc.constantFrom('1', '2')
const data: fc.Arbitrary<Data> = fc.dictionary(fc.constantFrom('x', 'y', 'z'), value, {
  maxKeys: 3,
  noNullPrototype: true,
})
const uid: fc.Arbitrary<Uid> = fc.constantFrom('none', 'none', 'right', 'wrong')
const version: fc.Arbitrary<Version> = fc.constantFrom('none', 'right', 'right', 'stale')

const request: fc.Arbitrary<Request> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ verb: fc.constant('create' as const), name, data }) },
  { weight: 2, arbitrary: fc.record({ verb: fc.constant('replace' as const), name, data, uid, version }) },
  {
    weight: 5,
    arbitrary: fc.record({
      verb: fc.constant('apply' as const),
      name,
      data,
      manager: fc.constantFrom('one', 'two'),
      force: fc.boolean(),
      uid,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      verb: fc.constant('patch' as const),
      name,
      data: fc.dictionary(fc.constantFrom('x', 'y', 'z'), fc.oneof(value, fc.constant(null)), {
        maxKeys: 2,
        noNullPrototype: true,
      }),
      uid,
      version,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      verb: fc.constant('delete' as const),
      name,
      uid: fc.constantFrom('right' as const, 'wrong' as const),
    }),
  },
)

const WRONG_UID = '00000000-0000-0000-0000-000000000000'
/** No object of any server still has this version. */
const STALE_VERSION = '1'

/** Random sequences of writes end as a small reference model says: result by result, and in the objects left. */
export const randomCases = (setting: () => ContractSetting): void => {
  it('answers random writes as the model does', async () => {
    const { cluster, namespace, randomRuns } = setting()
    const run = async (requests: readonly Request[]) => {
      const prefix = fresh('random')
      const model = new ConfigMapModel()
      const told: (Outcome & { readonly request: Request })[] = []
      const expected: (Outcome & { readonly request: Request })[] = []
      for (const each of requests) {
        expected.push({ request: each, ...model.request(each) })
        told.push({ request: each, ...(await perform(setting(), `${prefix}-${each.name}`, each)) })
      }
      expect(told).toEqual(expected)
      const scope = { namespace, fieldSelector: 'metadata.name!=kube-root-ca.crt' }
      const left = (await cluster.list(ConfigMaps, scope)).items.filter((item) =>
        item.metadata.name.startsWith(`${prefix}-`),
      )
      const state = Object.fromEntries(
        left.map((item) => [item.metadata.name.slice(prefix.length + 1), item.data ?? {}]),
      )
      expect(state).toEqual(model.state())
      for (const { metadata } of left) await cluster.delete(ConfigMaps, metadata, { uid: metadata.uid ?? '' })
    }
    const sequences = fc.array(request, { minLength: 1, maxLength: 25, size: 'max' })
    await fc.assert(fc.asyncProperty(sequences, run), { numRuns: randomRuns, interruptAfterTimeLimit: 40_000 })
  })
}

const perform = async (setting: ContractSetting, objectName: string, request: Request): Promise<Outcome> => {
  const { cluster, namespace } = setting
  const key = { namespace, name: objectName }
  const before = await cluster.get(ConfigMaps, key)
  const changed = (after: KubeObject | undefined) =>
    before?.metadata.resourceVersion !== after?.metadata.resourceVersion
  const metadata = {
    ...('uid' in request && request.uid !== 'none'
      ? { uid: rightOr(request.uid, before?.metadata.uid, WRONG_UID) }
      : {}),
    ...('version' in request && request.version !== 'none'
      ? { resourceVersion: rightOr(request.version, before?.metadata.resourceVersion, STALE_VERSION) }
      : {}),
  }
  const object = (data: Data) =>
    configMap(namespace, objectName, Object.keys(data).length === 0 ? undefined : data, metadata)
  try {
    switch (request.verb) {
      case 'create':
        await cluster.create(ConfigMaps, configMap(namespace, objectName, request.data))
        break
      case 'replace':
        await cluster.replace(ConfigMaps, object(request.data))
        break
      case 'apply':
        await cluster.apply(ConfigMaps, object(request.data), { fieldManager: request.manager, force: request.force })
        break
      case 'patch':
        await cluster.mergePatch(ConfigMaps, key, { metadata, data: request.data })
        break
      case 'delete':
        await cluster.delete(ConfigMaps, key, { uid: rightOr(request.uid, before?.metadata.uid, WRONG_UID) })
        break
    }
    return { result: 'ok', changed: changed(await cluster.get(ConfigMaps, key)) }
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    const after = await cluster.get(ConfigMaps, key)
    return { result: `${error.status} ${error.reason}`, changed: changed(after) }
  }
}

const rightOr = (which: 'right' | 'wrong' | 'stale' | 'none', right: string | undefined, wrong: string): string =>
  which === 'right' ? (right ?? wrong) : wrong
