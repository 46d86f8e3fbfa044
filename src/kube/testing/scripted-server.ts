import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import {
  createSecureServer,
  type Http2SecureServer,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
  type Settings,
} from 'node:http2'
import type { AddressInfo, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Credentials, TlsMaterial } from '../credentials.ts'

export interface ScriptedRequest {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
  readonly stream: ServerHttp2Stream
  readonly session: ServerHttp2Session
  /** 0 for the first request the server saw. */
  readonly index: number
}

export interface ScriptedServer {
  readonly credentials: Credentials
  readonly material: TlsMaterial
  readonly requests: readonly ScriptedRequest[]
  readonly sessions: readonly ServerHttp2Session[]
  close(): Promise<void>
}

/** A self-signed certificate for localhost, made by openssl. */
export const selfSigned = (): { readonly cert: string; readonly key: string } => {
  const directory = mkdtempSync(join(tmpdir(), 'bellows-tls-'))
  try {
    const [cert, key] = [join(directory, 'cert.pem'), join(directory, 'key.pem')]
    execFileSync(
      'openssl',
      [
        ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
        ...['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'],
        ...['-keyout', key, '-out', cert],
      ],
      { stdio: 'pipe' },
    )
    return { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') }
  } finally {
    rmSync(directory, { recursive: true })
  }
}

/** An HTTP/2 server that does what `answer` says, for faults that a real API server shows seldom. */
export const scriptedServer = async (
  answer: (request: ScriptedRequest) => void,
  options: { readonly settings?: Settings; readonly token?: Credentials['token']; readonly path?: string } = {},
): Promise<ScriptedServer> => {
  const { cert, key } = selfSigned()
  const requests: ScriptedRequest[] = []
  const sessions: ServerHttp2Session[] = []
  const sockets: Socket[] = []
  const server: Http2SecureServer = createSecureServer({ cert, key, settings: options.settings })
  server.on('connection', (socket: Socket) => sockets.push(socket))
  server.on('session', (session) => {
    sessions.push(session)
    session.on('error', () => {})
  })
  server.on('stream', (stream: ServerHttp2Stream, headers) => {
    stream.on('error', () => {})
    const chunks: Buffer[] = []
    stream.on('data', (chunk: Buffer) => chunks.push(chunk))
    stream.on('end', () => {
      const request: ScriptedRequest = {
        method: headers[':method'] ?? '',
        path: headers[':path'] ?? '',
        headers,
        body: Buffer.concat(chunks).toString('utf8'),
        stream,
        session: stream.session as ServerHttp2Session,
        index: requests.length,
      }
      requests.push(request)
      answer(request)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const material: TlsMaterial = { ca: cert }
  return {
    credentials: {
      server: `https://localhost:${port}${options.path ?? ''}`,
      namespace: 'default',
      tls: async () => material,
      token: options.token ?? (async () => 'secret-token'),
    },
    material,
    requests,
    sessions,
    close: async () => {
      for (const session of sessions) session.destroy()
      for (const socket of sockets) socket.destroy()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

export const respond = (
  stream: ServerHttp2Stream,
  status: number,
  body: unknown = {},
  headers: Readonly<Record<string, string>> = {},
): void => {
  stream.respond({ ':status': status, 'content-type': 'application/json', ...headers })
  stream.end(typeof body === 'string' ? body : JSON.stringify(body))
}

export const statusBody = (code: number, reason: string, message = reason, details: object = {}): unknown => ({
  kind: 'Status',
  apiVersion: 'v1',
  status: 'Failure',
  code,
  reason,
  message,
  details,
})
