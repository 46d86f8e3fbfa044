import { podAmounts } from '../api/effective.ts'
import type { SparkApplicationSpec } from '../api/spark-application.ts'
import type { EnvVar, Volume } from '../kube/pod.ts'
import type { PodRole } from './pod-spec.ts'
import { CONF_DIRECTORY, CONF_VOLUME } from './pod-volumes.ts'
import { BELLOWS_USER } from './security.ts'

/** Part of the memory that JavaScript may take: the engine gives DuckDB four fifths, and the overhead is for what is over. */
const HEAP_SHARE = 0.35

/** What drivers and executors of the bundled engine have in common: their image's user, variables, /tmp and /etc/bellows. */
export const bundledPod = (
  spec: SparkApplicationSpec,
  role: 'driver' | 'executor',
  secret: NonNullable<Volume['secret']>,
  env: readonly EnvVar[],
): Pick<PodRole, 'role' | 'imageUser' | 'defaultEnv' | 'env' | 'own'> => {
  const { cores, memoryMib } = podAmounts(spec, role)
  const heapMib = Math.max(Math.floor(memoryMib * HEAP_SHARE), 128)
  return {
    role,
    imageUser: BELLOWS_USER,
    defaultEnv: [{ name: 'NODE_OPTIONS', value: `--max-old-space-size=${heapMib}` }],
    env: [
      { name: 'BELLOWS_CORES', value: String(cores) },
      { name: 'BELLOWS_MEMORY_MIB', value: String(memoryMib) },
      ...env,
      { name: 'BELLOWS_CONF_DIR', value: CONF_DIRECTORY },
    ],
    own: {
      volumes: [
        { name: 'bellows-tmp', emptyDir: {} },
        { name: CONF_VOLUME, secret },
      ],
      mounts: [
        { name: CONF_VOLUME, mountPath: CONF_DIRECTORY, readOnly: true },
        { name: 'bellows-tmp', mountPath: '/tmp' },
      ],
    },
  }
}

export const fromField = (name: string, fieldPath: string): EnvVar => ({ name, valueFrom: { fieldRef: { fieldPath } } })
