import { parseArgs } from 'node:util'

export const actions = ['up', 'down', 'load', 'status', 'kubeconfig', 'build', 'kubectl', 'image'] as const
export type Action = (typeof actions)[number]

export type Arguments = {
  readonly action: Action
  readonly name: string
  readonly kubeconfig?: string
  readonly nodes: boolean
  readonly yes: boolean
  readonly kind?: 'local' | 'kind'
  readonly all: boolean
  readonly rest: readonly string[]
}

export const usage: string = `usage: npm run cluster -- ACTION [options]

  up            start a cluster, or say that it is up; prints the path of its kubeconfig
  down          take it down and leave the machine as it was found (--all: every one)
  load [FILE]   put an image on its node: an archive, or the product's own, built now from the Dockerfile
  load spark    the same with Apache Spark's, built once from images/spark, Debian's Java and PyPI's pyspark
  status        what is up, and how it is
  kubeconfig    print the path of its kubeconfig
  build         compile the binaries that are not in the cache yet
  image         build the product image only
  kubectl -- …  kubectl with its kubeconfig

  --name NAME        one of several clusters side by side (default: BELLOWS_CLUSTER or "default")
  --kubeconfig FILE  use this cluster instead of starting one (default: BELLOWS_KUBECONFIG)
  --kind, --local    do not choose between kind and the local cluster by what is installed
  --no-node          API server and controllers only, for simulated nodes
  --yes              do as root what a cluster takes, without asking (default: CI or BELLOWS_CLUSTER_YES=1)
`

export function parseArguments(words: readonly string[], env: NodeJS.ProcessEnv): Arguments {
  const { values, positionals } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: {
      name: { type: 'string', default: env.BELLOWS_CLUSTER ?? 'default' },
      kubeconfig: { type: 'string' },
      'no-node': { type: 'boolean', default: false },
      yes: { type: 'boolean', default: env.CI === 'true' || env.BELLOWS_CLUSTER_YES === '1' },
      kind: { type: 'boolean', default: false },
      local: { type: 'boolean', default: false },
      all: { type: 'boolean', default: false },
      build: { type: 'boolean', default: false },
    },
  })
  const [action, ...rest] = positionals
  if (!isAction(action)) throw new Error(action === undefined ? usage : `no such action: ${action}\n\n${usage}`)
  if (!/^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$/.test(values.name)) {
    throw new Error(`a cluster's name has small letters, digits and dashes, 32 at most: ${values.name}`)
  }
  return {
    action,
    name: values.name,
    kubeconfig: values.kubeconfig ?? env.BELLOWS_KUBECONFIG,
    nodes: !values['no-node'],
    yes: values.yes,
    kind: values.kind ? 'kind' : values.local ? 'local' : undefined,
    all: values.all,
    rest,
  }
}

function isAction(word: string | undefined): word is Action {
  return actions.some((action) => action === word)
}
