import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Addresses } from './addresses.ts'
import { binary } from './binaries.ts'
import type { ClusterPaths } from './paths.ts'

export const containerdSocket = '/run/containerd/containerd.sock'
export const pauseImage = 'localhost/bellows-pause:1'

/** The files that containerd, the kubelet and CoreDNS read; JSON wherever their formats allow it, which is YAML too. */
export async function writeNodeConfig(paths: ClusterPaths, addresses: Addresses, cgroup: string): Promise<void> {
  const cni = join(paths.config, 'cni')
  await mkdir(cni, { recursive: true })
  const json = async (file: string, value: unknown): Promise<void> => {
    await writeFile(join(paths.config, file), `${JSON.stringify(value, undefined, 2)}\n`)
  }
  await writeFile(join(paths.config, 'containerd.toml'), containerdConfig(paths, cni))
  await json('cni/10-bellows.conflist', networkConfig(addresses))
  await json('kubelet.yaml', kubeletConfig(paths, addresses, cgroup))
  await writeFile(join(paths.config, 'resolv.conf'), `nameserver ${addresses.dnsService}\n`)
  await writeFile(join(paths.config, 'Corefile'), corefile(paths, addresses))
}

function containerdConfig(paths: ClusterPaths, cni: string): string {
  return `
version = 3
root = "${paths.root}/containerd"
state = "/run/containerd"
disabled_plugins = ["io.containerd.internal.v1.opt", "io.containerd.nri.v1.nri"]

[grpc]
address = "${containerdSocket}"

[plugins."io.containerd.cri.v1.runtime"]
# without CAP_SYS_RESOURCE a lower score is refused and no sandbox starts
restrict_oom_score_adj = true

[plugins."io.containerd.cri.v1.runtime".cni]
bin_dirs = ["/usr/lib/cni"]
conf_dir = "${cni}"

[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"

[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc.options]
BinaryName = "${binary('runc', 'runc')}"
SystemdCgroup = false

[plugins."io.containerd.cri.v1.images".pinned_images]
sandbox = "${pauseImage}"
`.trimStart()
}

function networkConfig({ pods }: Addresses): unknown {
  return {
    cniVersion: '1.0.0',
    name: 'bellows',
    plugins: [
      {
        type: 'bridge',
        bridge: 'pods0',
        isGateway: true,
        hairpinMode: true,
        ipam: {
          type: 'host-local',
          dataDir: '/run/cni/addresses',
          ranges: [[{ subnet: pods }]],
          routes: [{ dst: '0.0.0.0/0' }],
        },
      },
    ],
  }
}

function kubeletConfig(paths: ClusterPaths, { dnsService, node }: Addresses, cgroup: string): unknown {
  const file = (name: string) => join(paths.pki, name)
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    address: node,
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: false },
      x509: { clientCAFile: file('ca.crt') },
    },
    authorization: { mode: 'AlwaysAllow' },
    tlsCertFile: file('kubelet.crt'),
    tlsPrivateKeyFile: file('kubelet.key'),
    containerRuntimeEndpoint: `unix://${containerdSocket}`,
    cgroupDriver: 'cgroupfs',
    cgroupRoot: cgroup,
    failCgroupV1: false,
    failSwapOn: false,
    enforceNodeAllocatable: ['pods'],
    clusterDomain: 'cluster.local',
    clusterDNS: [dnsService],
    resolvConf: join(paths.config, 'resolv.conf'),
    podLogsDir: join(paths.root, 'pods'),
    volumePluginDir: '/run/volume-plugins',
    maxPods: 250,
    serializeImagePulls: false,
    registryPullQPS: 0,
    eventRecordQPS: 0,
    kubeAPIQPS: 200,
    kubeAPIBurst: 400,
    // a test machine's disk is nobody's to clean but the one who filled it
    evictionHard: { 'memory.available': '100Mi', 'nodefs.available': '1%', 'imagefs.available': '1%' },
    imageGCHighThresholdPercent: 100,
    imageGCLowThresholdPercent: 99,
    volumeStatsAggPeriod: '-1s',
    containerLogMaxSize: '50Mi',
    shutdownGracePeriod: '0s',
  }
}

function corefile(paths: ClusterPaths, { node }: Addresses): string {
  return `
cluster.local:53 in-addr.arpa:53 {
  bind ${node}
  errors
  kubernetes cluster.local in-addr.arpa {
    kubeconfig ${join(paths.config, 'coredns.kubeconfig')}
    pods insecure
    ttl 2
  }
}
.:53 {
  bind ${node}
  errors
  # nothing lies outside, and saying so at once beats a time-out
  template ANY ANY {
    rcode NXDOMAIN
  }
  ready 127.0.0.1:8181
}
`.trimStart()
}
