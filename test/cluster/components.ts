import { join } from 'node:path'
import type { Addresses } from './addresses.ts'
import { binariesOf, binary } from './binaries.ts'
import type { ClusterPaths } from './paths.ts'
import { nodeName } from './pki.ts'

export type Component = {
  readonly name: string
  readonly command: readonly string[]
  readonly path?: string
}

export function controlPlane(paths: ClusterPaths, addresses: Addresses): readonly Component[] {
  const pki = (name: string) => join(paths.pki, name)
  const config = (name: string) => join(paths.config, name)
  return [
    {
      name: 'etcd',
      command: [
        ...[
          binary('etcd', 'etcd'),
          '--name=bellows',
          `--data-dir=${paths.root}/etcd`,
          '--unsafe-no-fsync',
          '--log-level=warn',
        ],
        ...['--listen-client-urls=http://127.0.0.1:2379', '--advertise-client-urls=http://127.0.0.1:2379'],
        ...['--listen-peer-urls=http://127.0.0.1:2380', '--initial-advertise-peer-urls=http://127.0.0.1:2380'],
        ...['--initial-cluster=bellows=http://127.0.0.1:2380', '--quota-backend-bytes=4294967296'],
      ],
    },
    {
      name: 'kube-apiserver',
      command: [
        binary('kubernetes', 'kube-apiserver'),
        ...['--etcd-servers=http://127.0.0.1:2379', '--authorization-mode=Node,RBAC'],
        ...['--enable-admission-plugins=NodeRestriction', '--allow-privileged=true', '--profiling=false'],
        ...[`--advertise-address=${addresses.node}`, '--secure-port=6443'],
        ...[`--service-cluster-ip-range=${addresses.services}`, `--client-ca-file=${pki('ca.crt')}`],
        ...[`--tls-cert-file=${pki('apiserver.crt')}`, `--tls-private-key-file=${pki('apiserver.key')}`],
        ...['--service-account-issuer=https://kubernetes.default.svc.cluster.local'],
        ...[`--service-account-key-file=${pki('service-account.key')}`],
        ...[`--service-account-signing-key-file=${pki('service-account.key')}`],
        ...[`--kubelet-certificate-authority=${pki('ca.crt')}`, '--kubelet-preferred-address-types=InternalIP'],
        ...[`--kubelet-client-certificate=${pki('apiserver-kubelet-client.crt')}`],
        ...[`--kubelet-client-key=${pki('apiserver-kubelet-client.key')}`],
      ],
    },
    {
      name: 'kube-controller-manager',
      command: [
        binary('kubernetes', 'kube-controller-manager'),
        ...[`--kubeconfig=${config('controller-manager.kubeconfig')}`, '--leader-elect=false', '--profiling=false'],
        ...['--use-service-account-credentials', `--root-ca-file=${pki('ca.crt')}`, '--bind-address=127.0.0.1'],
        ...[`--service-account-private-key-file=${pki('service-account.key')}`, '--allocate-node-cidrs=false'],
        ...['--kube-api-qps=200', '--kube-api-burst=400'],
      ],
    },
    {
      name: 'kube-scheduler',
      command: [
        binary('kubernetes', 'kube-scheduler'),
        `--config=${config('scheduler.yaml')}`,
        '--bind-address=127.0.0.1',
      ],
    },
  ]
}

export function containerd(paths: ClusterPaths): Component {
  return {
    name: 'containerd',
    command: [
      binary('containerd', 'containerd'),
      '--config',
      join(paths.config, 'containerd.toml'),
      '--log-level=warn',
    ],
    path: [binariesOf('containerd'), binariesOf('runc')].join(':'),
  }
}

export function nodeAgents(paths: ClusterPaths, addresses: Addresses): readonly Component[] {
  const config = (name: string) => join(paths.config, name)
  return [
    {
      name: 'kubelet',
      command: [
        binary('kubernetes', 'kubelet'),
        ...[`--config=${config('kubelet.yaml')}`, `--kubeconfig=${config('node.kubeconfig')}`],
        ...[`--root-dir=${paths.root}/kubelet`, `--cert-dir=${paths.root}/kubelet/pki`],
        ...[`--hostname-override=${nodeName}`, `--node-ip=${addresses.node}`],
      ],
      path: [binariesOf('containerd'), binariesOf('runc')].join(':'),
    },
    {
      name: 'kube-proxy',
      command: [
        binary('kubernetes', 'kube-proxy'),
        ...[`--kubeconfig=${config('proxy.kubeconfig')}`, `--hostname-override=${nodeName}`],
        ...['--proxy-mode=iptables', `--cluster-cidr=${addresses.pods}`, '--iptables-min-sync-period=100ms'],
        // the machine's own connection tracking limits are not the cluster's to change
        ...[
          '--conntrack-max-per-core=0',
          '--conntrack-tcp-timeout-established=0s',
          '--conntrack-tcp-timeout-close-wait=0s',
        ],
      ],
    },
    { name: 'coredns', command: [binary('coredns', 'coredns'), '-conf', config('Corefile'), '-quiet'] },
  ]
}

/** Limits on requests per second that suit a busy node pool, not a first cluster's safety. */
export function schedulerConfig(paths: ClusterPaths): unknown {
  return {
    apiVersion: 'kubescheduler.config.k8s.io/v1',
    kind: 'KubeSchedulerConfiguration',
    leaderElection: { leaderElect: false },
    clientConnection: { kubeconfig: join(paths.config, 'scheduler.kubeconfig'), qps: 500, burst: 1000 },
  }
}
