/** Writes what is made from the code: CRDs, reference pages, the role of drivers, the pages on metrics and on functions. `--check` writes nothing and fails where a file drifted. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { dump } from 'js-yaml'
import { crdOf } from '../src/api/crd.ts'
import { driverAccess } from '../src/api/driver-access.ts'
import { KINDS } from '../src/api/kinds.ts'
import { referenceOf } from '../src/api/reference.ts'
import { functionsPage } from './function-list.ts'
import { metricsPage } from './metrics-page.ts'

const root = join(import.meta.dirname, '..')

const HEAD = '# Made from src/api by `npm run generate`. Change the schema, not this file.\n'

const DRIVER_HEAD = `# What drivers need in a namespace: of the bundled engine, then of Apache Spark. The operator makes the same where it
# is missing; apply it (with your namespace) where the operator must not create roles. Made by \`npm run generate\`.
`

const files = new Map<string, string>([
  ['docs/metrics.md', await metricsPage()],
  ['docs/reference/functions.md', await functionsPage()],
  [
    'deploy/driver-access.yaml',
    DRIVER_HEAD +
      [...driverAccess('default', 'bundled'), ...driverAccess('default', 'spark')]
        .map((object) => dump(object, { lineWidth: 120, noRefs: true }))
        .join('---\n'),
  ],
  ...KINDS.flatMap((definition): [string, string][] => [
    [
      `crds/${definition.type.plural}.${definition.type.group}.yaml`,
      HEAD + dump(crdOf(definition), { lineWidth: 120, noRefs: true }),
    ],
    [`docs/reference/${definition.type.kind.toLowerCase()}.md`, referenceOf(definition)],
  ]),
])

const current = (path: string): string | undefined => {
  try {
    return readFileSync(join(root, path), 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

const drifted = [...files].filter(([path, text]) => current(path) !== text)

if (process.argv.includes('--check')) {
  for (const [path] of drifted) console.error(`${path} does not match the code: run npm run generate`)
  process.exitCode = drifted.length === 0 ? 0 : 1
} else {
  for (const [path, text] of drifted) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
    console.log(`wrote ${path}`)
  }
}
