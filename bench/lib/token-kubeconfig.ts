import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { dump, load } from 'js-yaml'
import { kubectl } from '../../test/cluster/client.ts'

/**
 * A kubeconfig, written to `folder`, that speaks as a service account: as pods do, and cheaper for the API server, which
 * remembers a token but verifies a client certificate with every request.
 */
export const tokenKubeconfig = async (
  kubeconfig: string,
  account: { readonly namespace: string; readonly name: string },
  folder: string,
): Promise<string> => {
  const token = await kubectl(['-n', account.namespace, 'create', 'token', account.name, '--duration=12h'], {
    kubeconfig,
  })
  const config = load(await readFile(kubeconfig, 'utf8')) as { readonly users: readonly { readonly name: string }[] }
  const users = config.users.map(({ name }) => ({ name, user: { token: token.trim() } }))
  const path = join(folder, `${account.name}.kubeconfig`)
  await writeFile(path, dump({ ...config, users }), { mode: 0o600 })
  return path
}
