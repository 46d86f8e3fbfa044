import type { KubeObject, ObjectMeta } from '../object.ts'

/** A ConfigMap for tests of what handles any kind. */
export const configMap = (name: string, metadata: Partial<ObjectMeta> = {}, data: unknown = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'default', uid: `uid-${name}`, resourceVersion: '1', ...metadata },
  data,
})
