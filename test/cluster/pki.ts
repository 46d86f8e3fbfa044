import { randomBytes } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Addresses } from './addresses.ts'
import { run } from './command.ts'
import type { ClusterPaths } from './paths.ts'

export const nodeName = 'node-0'

type Identity = { readonly user: string; readonly group?: string }

const identities = {
  admin: { user: 'kubernetes-admin', group: 'system:masters' },
  'apiserver-kubelet-client': { user: 'kube-apiserver', group: 'system:masters' },
  'controller-manager': { user: 'system:kube-controller-manager' },
  scheduler: { user: 'system:kube-scheduler' },
  node: { user: `system:node:${nodeName}`, group: 'system:nodes' },
  proxy: { user: 'system:kube-proxy' },
  coredns: { user: 'system:coredns' },
} as const satisfies Readonly<Record<string, Identity>>

export type IdentityName = keyof typeof identities

/** An authority of this cluster's own, a certificate for each part of it, and the key that signs service account tokens. */
export async function createPki(paths: ClusterPaths, addresses: Addresses): Promise<void> {
  const { pki } = paths
  await mkdir(pki, { recursive: true, mode: 0o700 })
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  await run('openssl', [
    ...['req', '-x509', ...newKey, '-days', '3650', '-subj', '/CN=bellows-test-ca'],
    ...['-keyout', join(pki, 'ca.key'), '-out', join(pki, 'ca.crt')],
  ])
  const issue = async (name: string, subject: string, extensions: string): Promise<void> => {
    const file = (extension: string) => join(pki, `${name}.${extension}`)
    await writeFile(file('ext'), `keyUsage=digitalSignature\n${extensions}\n`)
    await run('openssl', ['req', ...newKey, '-subj', subject, '-keyout', file('key'), '-out', file('csr')])
    await run('openssl', [
      ...['x509', '-req', '-in', file('csr'), '-CA', join(pki, 'ca.crt'), '-CAkey', join(pki, 'ca.key')],
      ...['-set_serial', `0x${randomBytes(8).toString('hex')}`, '-days', '3650', '-extfile', file('ext')],
      ...['-out', file('crt')],
    ])
  }
  const names = ['localhost', 'kubernetes', 'kubernetes.default', 'kubernetes.default.svc']
    .concat('kubernetes.default.svc.cluster.local')
    .map((name) => `DNS:${name}`)
  const ips = ['127.0.0.1', addresses.apiService, addresses.node].map((ip) => `IP:${ip}`)
  await Promise.all([
    issue(
      'apiserver',
      '/CN=kube-apiserver',
      `extendedKeyUsage=serverAuth\nsubjectAltName=${[...names, ...ips].join(',')}`,
    ),
    issue('kubelet', `/CN=${nodeName}`, `extendedKeyUsage=serverAuth\nsubjectAltName=IP:${addresses.node}`),
    ...Object.entries<Identity>(identities).map(async ([name, { user, group }]) => {
      const subject = group === undefined ? `/CN=${user}` : `/O=${group}/CN=${user}`
      await issue(name, subject, 'extendedKeyUsage=clientAuth')
    }),
    run('openssl', ['ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', join(pki, 'service-account.key')]),
  ])
}

export async function writeKubeconfig(
  paths: ClusterPaths,
  file: string,
  options: { readonly identity: IdentityName; readonly cluster: string; readonly server: string },
): Promise<void> {
  const base64 = async (name: string) => (await readFile(join(paths.pki, name))).toString('base64')
  const { identity, cluster, server } = options
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': cluster,
    clusters: [{ name: cluster, cluster: { server, 'certificate-authority-data': await base64('ca.crt') } }],
    users: [
      {
        name: identity,
        user: {
          'client-certificate-data': await base64(`${identity}.crt`),
          'client-key-data': await base64(`${identity}.key`),
        },
      },
    ],
    contexts: [{ name: cluster, context: { cluster, user: identity } }],
  }
  await writeFile(file, `${JSON.stringify(config, undefined, 2)}\n`, { mode: 0o600 })
}
