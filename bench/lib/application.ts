import type { KubeObject } from '../../src/kube/object.ts'

/** A small SQL application, as the benchmarks submit it. */
export const benchApplication = (namespace: string, name: string): KubeObject => ({
  apiVersion: 'sparkoperator.k8s.io/v1beta2',
  kind: 'SparkApplication',
  metadata: { name, namespace },
  spec: { type: 'SQL', program: 'SELECT 1', driver: { memory: '256m' }, executor: { instances: 1, memory: '256m' } },
})
