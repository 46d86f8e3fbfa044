import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { isAuthorized } from './protocol.ts'

export type Handle = (request: IncomingMessage, response: ServerResponse, path: string) => Promise<void>

export interface HttpServer {
  readonly url: string
  close(): Promise<void>
}

export interface ServerOptions {
  readonly token: string
  /** The address others reach this process by. */
  readonly host: string
  /** Ports to try in this order; absent: the system's choice. */
  readonly ports?: readonly number[]
  readonly handle: Handle
  /** Whether anyone may GET a path. */
  readonly open?: (path: string) => boolean
}

export const sendJson = (response: ServerResponse, status: number, body: unknown): void => {
  const text = JSON.stringify(body)
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) })
  response.end(text)
}

/** Undefined: 404. */
export const sendBytes = (response: ServerResponse, bytes: Buffer | undefined): void => {
  if (bytes === undefined) {
    sendJson(response, 404, { message: 'not here' })
    return
  }
  response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': bytes.length })
  response.end(bytes)
}

const isLoopback = (host: string): boolean => host === '127.0.0.1' || host === '::1' || host === 'localhost'

/** Takes the first port that is free. */
const listen = async (server: Server, host: string | undefined, ports: readonly number[]): Promise<void> => {
  for (const [index, port] of ports.entries()) {
    try {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject)
        server.listen(port, host, () => {
          server.removeListener('error', reject)
          resolve()
        })
      })
      return
    } catch (error) {
      const taken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'
      if (!taken || index === ports.length - 1) throw error
    }
  }
}

/** Serves driver and executor: the bearer token first, then the handler; a handler that throws answers 500. */
export const startServer = async (options: ServerOptions): Promise<HttpServer> => {
  const server: Server = createServer((request, response) => {
    const path = (request.url ?? '/').split('?')[0] ?? '/'
    const free = request.method === 'GET' && options.open?.(path) === true
    if (!free && !isAuthorized(request.headers.authorization, options.token)) {
      request.resume()
      sendJson(response, 401, { message: 'unauthorized' })
      return
    }
    options.handle(request, response, path).catch((error: unknown) => {
      if (response.headersSent) response.destroy()
      else sendJson(response, 500, { message: error instanceof Error ? error.message : String(error), retry: true })
    })
  })
  server.requestTimeout = 0
  // Waiting for others must not keep a process alive: a program whose own work is done, or stuck, has to be seen as such.
  server.on('connection', (socket) => socket.unref())
  server.keepAliveTimeout = 60_000
  await listen(server, isLoopback(options.host) ? options.host : undefined, options.ports ?? [0])
  server.unref()
  const { port } = server.address() as AddressInfo
  const host = options.host.includes(':') ? `[${options.host}]` : options.host
  return {
    url: `http://${host}:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
