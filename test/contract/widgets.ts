import type { RegisteredKind } from '../../src/embedded/kind-rules.ts'
import type { Cluster } from '../../src/kube/cluster.ts'
import { isAlreadyExists } from '../../src/kube/errors.ts'
import type { KubeObject } from '../../src/kube/object.ts'
import type { ResourceType } from '../../src/kube/resource-type.ts'

/** A custom resource of the contract suite alone, with everything that ours have: status, validation, a keyed list. */
export const Widgets: ResourceType = {
  group: 'contract.bellows.dev',
  version: 'v1',
  kind: 'Widget',
  plural: 'widgets',
  namespaced: true,
  statusSubresource: true,
}

export interface Widget extends KubeObject {
  readonly spec?: { readonly size?: number; readonly [field: string]: unknown }
  readonly status?: { readonly [field: string]: unknown }
}

/** The kind as the embedded cluster registers it. */
export const widgetKind: RegisteredKind = {
  type: Widgets,
  listKeys: { 'spec.parts': ['name'] },
  validate: (object) => {
    const size = (object.spec as Widget['spec'])?.size
    return size === undefined || size >= 0
      ? []
      : [`spec.size: Invalid value: ${size}: spec.size in body should be greater than or equal to 0`]
  },
}

const free = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }
const CustomResourceDefinitions: ResourceType = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  kind: 'CustomResourceDefinition',
  plural: 'customresourcedefinitions',
  namespaced: false,
  statusSubresource: true,
}

const definition: KubeObject = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `${Widgets.plural}.${Widgets.group}` },
  spec: {
    group: Widgets.group,
    scope: 'Namespaced',
    names: { kind: 'Widget', listKind: 'WidgetList', plural: 'widgets', singular: 'widget' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              spec: {
                ...free,
                properties: {
                  size: { type: 'integer', minimum: 0 },
                  parts: {
                    type: 'array',
                    'x-kubernetes-list-type': 'map',
                    'x-kubernetes-list-map-keys': ['name'],
                    items: { ...free, required: ['name'], properties: { name: { type: 'string' } } },
                  },
                },
              },
              status: {
                ...free,
                properties: {
                  conditions: {
                    type: 'array',
                    'x-kubernetes-list-type': 'map',
                    'x-kubernetes-list-map-keys': ['type'],
                    items: { ...free, required: ['type'], properties: { type: { type: 'string' } } },
                  },
                },
              },
            },
          },
        },
      },
    ],
  },
}

/** Makes the kind known to a real API server and waits until it serves it. */
export const installWidgets = async (cluster: Cluster): Promise<void> => {
  await cluster.create(CustomResourceDefinitions, definition).catch((error: unknown) => {
    if (!isAlreadyExists(error)) throw error
  })
  const deadline = Date.now() + 30_000
  for (;;) {
    try {
      await cluster.list(Widgets)
      return
    } catch (error) {
      if (Date.now() > deadline) throw error
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
  }
}
