import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net'
import type { Credentials } from '../credentials.ts'

export interface TcpProxy {
  /** The same server through the proxy. */
  readonly credentials: Credentials
  /** Lets nothing through any more but keeps the sockets open: a half-open connection. New ones work again. */
  freeze(): void
  /** Closes the connections that are open. New ones work again. */
  cut(): void
  close(): Promise<void>
}

/** A TCP proxy on `host` before the server of `credentials`; TLS goes through it as it is. */
export const proxyTo = async (credentials: Credentials, host = 'localhost'): Promise<TcpProxy> => {
  let pairs: readonly (readonly [Socket, Socket])[] = []
  const target = new URL(credentials.server)
  const listener = createServer((near) => {
    const far = createConnection(Number(target.port), target.hostname)
    for (const socket of [near, far]) socket.on('error', () => {})
    near.on('close', () => far.destroy())
    far.on('close', () => near.destroy())
    near.pipe(far)
    far.pipe(near)
    pairs = [...pairs, [near, far]]
  })
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  const { port } = listener.address() as AddressInfo
  const cut = (): void => {
    for (const socket of pairs.flat()) socket.destroy()
    pairs = []
  }
  return {
    credentials: { ...credentials, server: `https://${host}:${port}` },
    freeze: () => {
      for (const [near, far] of pairs) {
        near.unpipe()
        far.unpipe()
      }
    },
    cut,
    close: async () => {
      cut()
      await new Promise<void>((resolve) => listener.close(() => resolve()))
    },
  }
}
