import { join } from 'node:path'
import { PipelineRuns, Pipelines, SparkApplications } from '../api/resource-types.ts'
import type { Logger } from '../controller/ports.ts'
import { soleLeader } from '../controller/ports.ts'
import { EmbeddedCluster } from '../embedded/embedded-cluster.ts'
import { serveRest } from '../embedded/rest-server.ts'
import type { Cluster } from '../kube/cluster.ts'
import { ConfigMaps, Events, Pods, Secrets } from '../kube/resource-type.ts'
import { assemble } from './assemble.ts'
import { API_TOKEN, API_URL } from './driver-cluster.ts'
import { embeddedKinds } from './embedded-kinds.ts'

export interface EmbeddedOperatorOptions {
  /** Where relative paths of programs and tasks begin. */
  readonly workingDirectory: string
  readonly logger: Logger
  readonly scratchParent?: string
}

export interface EmbeddedOperator {
  readonly cluster: Cluster
  /** Ends controllers, then every process of every pod, then removes their files. */
  close(): Promise<void>
}

/** The whole operator in this process: the same controllers over objects in memory and pods as local processes. */
export const startEmbeddedOperator = async (options: EmbeddedOperatorOptions): Promise<EmbeddedOperator> => {
  // The API's address is known only once the cluster is there; containers read it when they start.
  const environment: Record<string, string> = {}
  const cluster = new EmbeddedCluster({
    resources: embeddedKinds,
    autoCreateNamespaces: true,
    kubelet: {
      repositoryRoot: join(import.meta.dirname, '../..'),
      workingDirectory: options.workingDirectory,
      // Only drivers talk to the API; what a task runs is not handed the key to it.
      environment: ({ metadata }) => (metadata.labels?.['spark-role'] === 'driver' ? environment : {}),
      ...(options.scratchParent === undefined ? {} : { scratchParent: options.scratchParent }),
    },
  })
  const rest = await serveRest(cluster, [Pods, Secrets, ConfigMaps, Events, SparkApplications, Pipelines, PipelineRuns])
  environment[API_URL] = rest.url
  environment[API_TOKEN] = rest.token
  const assembly = assemble({ cluster, image: 'bellows:embedded', instance: 'embedded', logger: options.logger })
  const stopping = new AbortController()
  const caches = assembly.caches.run(stopping.signal)
  await assembly.caches.whenSynced()
  const runtime = assembly.start(soleLeader)
  return {
    cluster,
    close: async () => {
      await runtime.stop()
      stopping.abort()
      await caches
      await rest.close()
      await cluster.close()
    },
  }
}
