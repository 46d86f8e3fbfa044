import type { KubeObject } from '../../kube/object.ts'
import { attemptSecret } from '../secret.ts'
import { SPARK_TOKEN_KEY, TOKEN_KEY } from '../secret-keys.ts'
import type { Situation } from '../situation.ts'
import { sparkToken } from './authentication.ts'
import { monitoringFiles } from './monitoring.ts'
import { POD_TEMPLATE_KEY, PROPERTIES_FILE } from './paths.ts'
import { propertiesText } from './properties-file.ts'
import { sparkExecutorTemplate } from './spark-executor-template.ts'
import { sparkProperties } from './spark-properties.ts'

/**
 * spark.properties, the template of executor pods and the token of one attempt. One Secret, where Spark has two
 * ConfigMaps: properties hold the keys of object stores more often than not.
 */
export const sparkSecret = (s: Situation, attempt: number): KubeObject =>
  attemptSecret(s, attempt, {
    [TOKEN_KEY]: s.observed.entropy,
    [SPARK_TOKEN_KEY]: sparkToken(s.observed.entropy),
    [PROPERTIES_FILE]: propertiesText(sparkProperties(s, attempt)),
    ...monitoringFiles(s.spec),
    [POD_TEMPLATE_KEY]: JSON.stringify(sparkExecutorTemplate(s, attempt)),
  })
