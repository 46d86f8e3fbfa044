import { readFile } from 'node:fs/promises'
import { rotating } from './rotating.ts'

/** What a TLS connection is opened with. PEM texts. A new object whenever something in it changed. */
export interface TlsMaterial {
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
  /** The name to expect in the server's certificate, where it is not the URL's host. */
  readonly serverName?: string
  readonly insecure?: boolean
}

/** Where an API server is and how to prove who we are. */
export interface Credentials {
  /** https://host:port, with a path where a proxy serves several clusters. */
  readonly server: string
  /** Namespace to use where the user named none. */
  readonly namespace: string
  /** Never older than 60 s. */
  tls(): Promise<TlsMaterial>
  /** The bearer token, undefined where there is none. Never older than 60 s; `refresh` reads it anew. */
  token(refresh?: boolean): Promise<string | undefined>
}

export class CredentialsError extends Error {
  override readonly name = 'CredentialsError'
}

/** Longest use of a token or CA that was read from a file. */
export const RELOAD_MS = 60_000

const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount'

type Env = Readonly<Record<string, string | undefined>>

export const isInCluster = (env: Env): boolean =>
  env.KUBERNETES_SERVICE_HOST !== undefined && env.KUBERNETES_SERVICE_HOST !== ''

/**
 * The service account of the pod that this process runs in. Loads no library.
 * Source: "Accessing the Kubernetes API from a Pod".
 */
export const inClusterCredentials = async (
  env: Env = process.env,
  directory: string = SERVICE_ACCOUNT,
): Promise<Credentials> => {
  const host = env.KUBERNETES_SERVICE_HOST
  if (host === undefined || host === '') throw new CredentialsError('not in a pod: KUBERNETES_SERVICE_HOST is not set')
  const port = env.KUBERNETES_SERVICE_PORT ?? '443'
  const read = (name: string): Promise<string> => readFile(`${directory}/${name}`, 'utf8')
  const tls = rotating(
    stable(async () => ({ ca: await read('ca.crt') })),
    RELOAD_MS,
  )
  const token = rotating(async () => (await read('token')).trim(), RELOAD_MS)
  try {
    await Promise.all([tls(), token()])
  } catch (cause) {
    throw new CredentialsError(`cannot read the service account in ${directory}`, { cause })
  }
  const namespace = await read('namespace').then(
    (text) => text.trim(),
    () => 'default',
  )
  return { server: `https://${host.includes(':') ? `[${host}]` : host}:${port}`, namespace, tls: () => tls(), token }
}

/** Gives the same object as long as its content is the same, so that connections know when to be renewed. */
export const stable = <T>(read: () => Promise<T>): (() => Promise<T>) => {
  let last: { readonly value: T; readonly text: string } | undefined
  return async () => {
    const value = await read()
    const text = JSON.stringify(value)
    if (last?.text !== text) last = { value, text }
    return last.value
  }
}
