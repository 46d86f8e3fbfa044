import { connectToApiServer } from '../kube/api-server-cluster.ts'
import type { Cluster } from '../kube/cluster.ts'
import { type Credentials, inClusterCredentials } from '../kube/credentials.ts'

/** Variables by which the embedded mode tells its pods where its API is. */
export const API_URL = 'BELLOWS_API_URL'
export const API_TOKEN = 'BELLOWS_API_TOKEN'

type Env = Readonly<Record<string, string | undefined>>

/** Credentials of the embedded cluster, where the environment names one. */
export const loopbackFrom = (env: Env): Credentials | undefined => {
  const server = env[API_URL]
  return server ? loopbackCredentials(server, env) : undefined
}

const loopbackCredentials = (server: string, env: Env): Credentials => {
  // One object for ever: a new one would mean that the connections must be made anew.
  const plain = {}
  return {
    server,
    namespace: env.BELLOWS_POD_NAMESPACE ?? 'default',
    tls: async () => plain,
    token: async () => env[API_TOKEN],
  }
}

/**
 * The cluster that this pod runs in: by its service account, or the embedded one over loopback. It does not keep the
 * process alive: the driver ends when its program does.
 */
export const connectFromPod = async (env: Env): Promise<Cluster> => {
  const credentials = loopbackFrom(env) ?? (await inClusterCredentials(env))
  return connectToApiServer(credentials, { userAgent: 'bellows-driver', background: true })
}
