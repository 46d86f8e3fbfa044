import type { Cluster } from '../cluster.ts'
import { ApiError, TransportError } from '../errors.ts'
import type { Lease } from '../lease-decision.ts'

/** What may go wrong between a candidate and the server. */
export type Link = 'up' | 'down' | 'answers lost'

/** A server that knows one Lease, and a link to it for each candidate. */
export class LeaseServer {
  lease: Lease | undefined
  writes = 0
  #version = 0

  cluster(link: () => Link): Cluster {
    const reach = (): void => {
      if (link() === 'down') throw new TransportError('no route')
    }
    const write = (lease: Lease): Lease => {
      this.#version += 1
      this.writes += 1
      this.lease = {
        ...lease,
        metadata: {
          ...lease.metadata,
          uid: lease.metadata.uid ?? `uid-${this.#version}`,
          resourceVersion: String(this.#version),
        },
      }
      if (link() === 'answers lost') throw new TransportError('no answer in time')
      return this.lease
    }
    const part: Pick<Cluster, 'get' | 'create' | 'replace'> = {
      get: async () => {
        reach()
        return this.lease as never
      },
      create: async (_type, object) => {
        reach()
        if (this.lease !== undefined) throw new ApiError(409, 'AlreadyExists', 'exists')
        return write(object as unknown as Lease) as never
      },
      replace: async (_type, object) => {
        reach()
        if (this.lease === undefined) throw new ApiError(404, 'NotFound', 'no such lease')
        if (this.lease.metadata.resourceVersion !== object.metadata.resourceVersion)
          throw new ApiError(409, 'Conflict', 'the object has been modified')
        return write(object as unknown as Lease) as never
      },
    }
    return part as Cluster
  }
}
