import { Pods, Secrets, Services } from '../../kube/resource-type.ts'
import type { AttemptObjects } from '../attempt-objects.ts'
import type { Situation } from '../situation.ts'
import { podGroupsOf, withBatchScheduler } from './batch-scheduler.ts'
import { confVolumeProblem } from './conf-volumes.ts'
import { driverService, usesService } from './driver-service.ts'
import { withDriverSettings } from './driver-settings.ts'
import { imageOf } from './images.ts'
import { withMonitoring } from './monitoring.ts'
import { withPrefix } from './prefixed.ts'
import { sparkDriverPod } from './spark-driver-pod.ts'
import { sparkSecret } from './spark-secret.ts'
import { webObjects } from './web-objects.ts'

/** All that one attempt of an application of Apache Spark needs, the driver pod last. */
export const sparkObjects = (written: Situation, attempt: number): AttemptObjects => {
  const problem = problemOf(written)
  if (problem !== undefined) return { kind: 'refused', message: problem }
  const s = withBatchScheduler(withMonitoring(withDriverSettings(written)))
  return {
    kind: 'objects',
    objects: [
      { type: Secrets, object: sparkSecret(s, attempt), onDifferent: 'replace' },
      ...(usesService(s.spec) ? [{ type: Services, object: driverService(s, attempt) }] : []),
      ...webObjects(s),
      ...podGroupsOf(s),
      { type: Pods, object: sparkDriverPod(s, attempt) },
    ],
  }
}

const problemOf = ({ spec }: Situation): string | undefined => {
  for (const role of ['driver', 'executor'] as const)
    if (imageOf(spec, role) === undefined)
      return `no image is named for the ${role}: set spec.image, such as spark:${spec.sparkVersion ?? '4.1.1'}`
  return confVolumeProblem(withPrefix(spec.sparkConf ?? {}, 'spark.kubernetes.driver.volumes.'))
}
