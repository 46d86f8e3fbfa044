import { readFile } from 'node:fs/promises'
import { request } from 'node:https'

export type ApiAccess = { readonly server: string; readonly ca: string; readonly cert: string; readonly key: string }

type Kubeconfig = {
  readonly clusters: readonly [{ readonly cluster: Readonly<Record<string, string>> }]
  readonly users: readonly [{ readonly user: Readonly<Record<string, string>> }]
}

/** Reads a kubeconfig that this folder wrote; any other one goes through kubectl. */
export async function apiAccess(kubeconfig: string): Promise<ApiAccess> {
  const config = JSON.parse(await readFile(kubeconfig, 'utf8')) as Kubeconfig
  const { cluster } = config.clusters[0]
  const { user } = config.users[0]
  const decode = (text: string | undefined) => Buffer.from(text ?? '', 'base64').toString('utf8')
  return {
    server: cluster.server ?? '',
    ca: decode(cluster['certificate-authority-data']),
    cert: decode(user['client-certificate-data']),
    key: decode(user['client-key-data']),
  }
}

export type ApiReply = { readonly status: number; readonly body: string }

export function callApi(
  access: ApiAccess,
  path: string,
  options: { readonly method?: string; readonly body?: unknown; readonly timeoutMs?: number } = {},
): Promise<ApiReply> {
  const { ca, cert, key, server } = access
  const { method = 'GET', body, timeoutMs: timeout = 5_000 } = options
  const headers = { 'content-type': 'application/json' }
  return new Promise((resolve, reject) => {
    const call = request(`${server}${path}`, { ca, cert, key, method, timeout, headers, agent: false }, (reply) => {
      let text = ''
      reply.setEncoding('utf8').on('data', (part: string) => (text += part))
      reply.on('end', () => resolve({ status: reply.statusCode ?? 0, body: text })).on('error', reject)
    })
    call.on('error', reject).on('timeout', () => call.destroy(new Error(`no answer in ${timeout} ms`)))
    call.end(body === undefined ? undefined : JSON.stringify(body))
  })
}
