import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What the probes ask. Each answer is a sentence for the human who reads it with curl. */
export interface Health {
  /** Live: the process makes progress. False makes the kubelet restart it. */
  readonly live: () => { readonly ok: boolean; readonly message: string }
  /** Ready: caches are synced (a standby that waits for leadership is ready too). */
  readonly ready: () => { readonly ok: boolean; readonly message: string }
}

export interface OperatorServer {
  readonly port: number
  close(): Promise<void>
}

/**
 * `/metrics` in Prometheus' text format, `/healthz` and `/readyz` for the kubelet. Answers GET and HEAD only and keeps
 * nothing of the request, so that an unauthenticated port gives away no more than the metrics.
 */
export const serveOperator = async (
  listen: { readonly host: string; readonly port: number },
  metrics: { readonly contentType: string; readonly metrics: () => Promise<string> },
  health: Health,
): Promise<OperatorServer> => {
  const server: Server = createServer({ requestTimeout: 10_000, headersTimeout: 5_000 }, (request, response) => {
    const send = (status: number, type: string, body: string): void => {
      response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' })
      response.end(request.method === 'HEAD' ? undefined : body)
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') return send(405, 'text/plain', 'method not allowed\n')
    switch ((request.url ?? '').split('?', 1)[0]) {
      case '/metrics':
        metrics.metrics().then(
          (text) => send(200, metrics.contentType, text),
          (error: unknown) => send(500, 'text/plain', `${error instanceof Error ? error.message : error}\n`),
        )
        return
      case '/healthz': {
        const { ok, message } = health.live()
        return send(ok ? 200 : 503, 'text/plain', `${message}\n`)
      }
      case '/readyz': {
        const { ok, message } = health.ready()
        return send(ok ? 200 : 503, 'text/plain', `${message}\n`)
      }
      default:
        return send(404, 'text/plain', 'Bellows operator: /metrics /healthz /readyz\n')
    }
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(listen.port, listen.host, resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
