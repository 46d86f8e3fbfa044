import type { Pod } from '../../kube/pod.ts'
import { driverSecretName } from '../names.ts'
import { podAnnotations, podLabels } from '../pod-metadata.ts'
import { podSpec } from '../pod-spec.ts'
import type { Situation } from '../situation.ts'
import { authenticates, executorToken } from './authentication.ts'
import { monitoringMounts } from './monitoring.ts'
import { SPARK_CONF_DIR } from './paths.ts'
import { configMap, sparkPod } from './spark-pod.ts'

/** Spark itself sets them, and a name that stands twice makes the API server warn. */
const SPARKS_OWN: ReadonlySet<string> = new Set(['SPARK_LOCAL_DIRS', 'SPARK_USER'])

/**
 * What Spark makes executor pods of: everything that its properties cannot say. It adds name, owner, image, resources,
 * the argument `executor`, variables and its own labels. Source: Spark, BasicExecutorFeatureStep.
 */
export const sparkExecutorTemplate = (s: Situation, attempt: number): Pod => {
  const secretName = driverSecretName(s.app, attempt)
  const spec = podSpec(s.spec, {
    // It points SPARK_CONF_DIR of executors at its own directory, whatever a template says: the files lie there too.
    ...sparkPod(s.spec, 'executor', [
      configMap('spark-conf-volume-exec', s.spec.sparkConfigMap, SPARK_CONF_DIR),
      ...monitoringMounts(s.spec, secretName),
    ]),
    args: [],
    env: authenticates(s.spec) ? [executorToken(secretName)] : [],
    serviceAccountName: undefined,
    automountServiceAccountToken: false,
  })
  const [main, ...others] = spec.containers
  const { args: _, ...container } = main ?? { name: '' }
  const env = (container.env ?? []).filter(({ name }) => !SPARKS_OWN.has(name))
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'executor',
      labels: podLabels(s.app, 'executor', attempt),
      annotations: podAnnotations(s.app, 'executor'),
    },
    spec: { ...spec, containers: [{ ...container, env }, ...others] },
  }
}
