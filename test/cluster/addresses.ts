/** Every address of a cluster follows from its index, so clusters side by side never overlap. */
export type Addresses = {
  readonly device: string
  readonly host: string
  readonly node: string
  readonly linkPrefix: number
  readonly pods: string
  readonly services: string
  readonly apiService: string
  readonly dnsService: string
  readonly server: string
}

export const maxClusters = 64

export function addressesOf(index: number): Addresses {
  return {
    device: `bellows${index}`,
    host: `10.240.${index}.1`,
    node: `10.240.${index}.2`,
    linkPrefix: 30,
    pods: `10.242.${index * 2}.0/23`,
    services: `10.241.${index}.0/24`,
    apiService: `10.241.${index}.1`,
    dnsService: `10.241.${index}.10`,
    server: `https://10.240.${index}.2:6443`,
  }
}
