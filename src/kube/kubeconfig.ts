/**
 * Credentials from kubeconfig files, as kubectl reads them. `@kubernetes/client-node` parses their parts and runs exec
 * plugins; only the modules that do so are loaded (a few ms). Its whole config module (0.9 s, 80 MB) is loaded only
 * for users with a legacy `auth-provider`.
 */
import { access, readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { delimiter, dirname, join, resolve } from 'node:path'
import type { Cluster, Context, User } from '@kubernetes/client-node/dist/config_types.js'
import {
  type Credentials,
  CredentialsError,
  inClusterCredentials,
  isInCluster,
  RELOAD_MS,
  stable,
} from './credentials.ts'
import { rotating } from './rotating.ts'

export interface CredentialOptions {
  /** A kubeconfig file, or several with the platform's path separator. */
  readonly kubeconfig?: string
  readonly context?: string
  readonly env?: Readonly<Record<string, string | undefined>>
}

/**
 * `kubeconfig`, else $KUBECONFIG, else the pod's service account, else ~/.kube/config.
 * Throws CredentialsError with a sentence that says what is missing.
 */
export const loadCredentials = async (options: CredentialOptions = {}): Promise<Credentials> => {
  const env = options.env ?? process.env
  const named = options.kubeconfig ?? (env.KUBECONFIG === '' ? undefined : env.KUBECONFIG)
  if (named === undefined && isInCluster(env)) return inClusterCredentials(env)
  const paths = named?.split(delimiter).filter((path) => path !== '') ?? [join(homedir(), '.kube', 'config')]
  return credentialsOf(await readKubeconfigs(paths, named !== undefined), options.context)
}

interface Kubeconfig {
  readonly currentContext?: string
  readonly clusters: readonly Cluster[]
  readonly users: readonly (User & { readonly tokenFile?: string })[]
  readonly contexts: readonly Context[]
}

/** Merged as kubectl does: the first file that says something wins. */
const readKubeconfigs = async (paths: readonly string[], named: boolean): Promise<Kubeconfig> => {
  const found: string[] = []
  for (const path of paths) {
    if (
      await access(path).then(
        () => true,
        () => false,
      )
    )
      found.push(path)
  }
  if (found.length === 0)
    throw new CredentialsError(
      named
        ? `no kubeconfig at ${paths.join(', ')}`
        : `no cluster is named: pass --kubeconfig, set KUBECONFIG, or write ${paths[0]}`,
    )
  const parts = await Promise.all(found.map(readKubeconfig))
  return {
    currentContext: parts.find((part) => part.currentContext)?.currentContext,
    clusters: parts.flatMap((part) => part.clusters),
    users: parts.flatMap((part) => part.users),
    contexts: parts.flatMap((part) => part.contexts),
  }
}

const readKubeconfig = async (path: string): Promise<Kubeconfig> => {
  const [{ load }, types] = await Promise.all([
    import('js-yaml'),
    import('@kubernetes/client-node/dist/config_types.js'),
  ])
  try {
    const raw = load(await readFile(path, 'utf8')) as RawKubeconfig | undefined
    const near = (file: string | undefined): string | undefined =>
      file === undefined || file === '' ? undefined : resolve(dirname(path), file)
    // The library would read token-file once and for ever; we read it ourselves.
    const tokenFiles = new Map((raw?.users ?? []).map((each) => [each?.name, each?.user?.['token-file']]))
    const bare = (raw?.users ?? []).map((each) => ({ ...each, user: { ...each?.user, 'token-file': undefined } }))
    return {
      currentContext: raw?.['current-context'],
      clusters: types.newClusters(raw?.clusters).map((each) => ({ ...each, caFile: near(each.caFile) })),
      users: types.newUsers(bare).map((each) => ({
        ...each,
        certFile: near(each.certFile),
        keyFile: near(each.keyFile),
        tokenFile: near(tokenFiles.get(each.name)),
      })),
      contexts: types.newContexts(raw?.contexts),
    }
  } catch (cause) {
    throw new CredentialsError(`${path} is not a kubeconfig: ${cause instanceof Error ? cause.message : cause}`, {
      cause,
    })
  }
}

interface RawKubeconfig {
  readonly 'current-context'?: string
  readonly clusters?: readonly unknown[]
  readonly contexts?: readonly unknown[]
  readonly users?: readonly { readonly name?: string; readonly user?: { readonly 'token-file'?: string } }[]
}

const credentialsOf = (config: Kubeconfig, wanted: string | undefined): Credentials => {
  const name = wanted ?? config.currentContext
  const context = config.contexts.find((each) => each.name === name)
  if (context === undefined)
    throw new CredentialsError(
      name ? `the kubeconfig has no context "${name}"` : 'the kubeconfig names no current-context',
    )
  const cluster = config.clusters.find((each) => each.name === context.cluster)
  if (cluster === undefined) throw new CredentialsError(`the kubeconfig has no cluster "${context.cluster}"`)
  if (!cluster.server.startsWith('https://'))
    throw new CredentialsError(`cluster "${cluster.name}": only https servers are supported, not ${cluster.server}`)
  if (cluster.proxyUrl) throw new CredentialsError(`cluster "${cluster.name}": proxy-url is not supported`)
  const user = config.users.find((each) => each.name === context.user)
  if (user === undefined && context.user) throw new CredentialsError(`the kubeconfig has no user "${context.user}"`)
  if (user?.impersonateUser || user?.username)
    throw new CredentialsError(`user "${user.name}": impersonation and basic authentication are not supported`)

  const auth = authOf(user)
  const tls = rotating(
    stable(async () => {
      const { cert, key } = await auth()
      return {
        ca: await pem(cluster.caData, cluster.caFile),
        cert,
        key,
        serverName: cluster.tlsServerName,
        insecure: cluster.skipTLSVerify || undefined,
      }
    }),
    RELOAD_MS,
  )
  return {
    server: cluster.server,
    namespace: context.namespace ?? 'default',
    tls: () => tls(),
    token: async (refresh) => (await auth(refresh)).token,
  }
}

interface Auth {
  readonly cert?: string
  readonly key?: string
  readonly token?: string
}

const authOf = (user: Kubeconfig['users'][number] | undefined): ((refresh?: boolean) => Promise<Auth>) => {
  if (user === undefined) return async () => ({})
  if (user.exec) return rotating(() => execAuth(user), RELOAD_MS)
  if (user.authProvider) return rotating(() => providerAuth(user), RELOAD_MS)
  return rotating(
    async () => ({
      cert: await pem(user.certData, user.certFile),
      key: await pem(user.keyData, user.keyFile),
      // A file wins over an inline token, as in client-go: the file is the one that gets renewed.
      token: user.tokenFile ? (await readFile(user.tokenFile, 'utf8')).trim() : user.token,
    }),
    RELOAD_MS,
  )
}

/** A new instance each time: the library's own cache would hand out a refused token until it expires. */
const execAuth = async (user: User): Promise<Auth> => {
  const { ExecAuth } = await import('@kubernetes/client-node/dist/exec_auth.js')
  try {
    return await answerOf((options) => new ExecAuth().applyAuthentication(user, options))
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.trim() : String(cause)
    throw new CredentialsError(`the plugin "${user.exec?.command}" of user "${user.name}" failed: ${why}`, { cause })
  }
}

const providerAuth = async (user: User): Promise<Auth> => {
  const { KubeConfig } = await import('@kubernetes/client-node/dist/config.js')
  const config = new KubeConfig()
  config.loadFromOptions({
    clusters: [{ name: 'it', server: 'https://localhost', skipTLSVerify: false }],
    users: [user],
    contexts: [{ name: 'it', cluster: 'it', user: user.name }],
    currentContext: 'it',
  })
  return answerOf((options) => config.applyToHTTPSOptions(options))
}

interface HttpsOptions {
  readonly headers: Record<string, string>
  readonly cert?: string | Buffer
  readonly key?: string | Buffer
}

const answerOf = async (fill: (options: HttpsOptions) => Promise<void>): Promise<Auth> => {
  const options: HttpsOptions = { headers: {} }
  await fill(options)
  return {
    cert: options.cert?.toString(),
    key: options.key?.toString(),
    token: options.headers.Authorization?.replace(/^Bearer /, ''),
  }
}

const pem = async (data: string | undefined, file: string | undefined): Promise<string | undefined> =>
  data ? Buffer.from(data, 'base64').toString('utf8') : file ? readFile(file, 'utf8') : undefined
