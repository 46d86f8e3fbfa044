import { clusterContract, installWidgets } from '../contract/cluster-contract.ts'
import { connectToRealServer, testNamespace } from './real-server.ts'

/** The image that the cluster of the tests has; its entrypoint is node. */
const image = process.env.BELLOWS_IMAGE ?? 'bellows:dev'

clusterContract('a real API server', async () => {
  const cluster = await connectToRealServer({ userAgent: 'bellows' })
  await installWidgets(cluster)
  const namespace = await testNamespace(cluster, 'contract')
  return {
    cluster,
    namespace: namespace.name,
    image,
    defaultManager: 'bellows',
    randomRuns: 60,
    close: async () => {
      await namespace.remove()
      await cluster.close()
    },
  }
})
