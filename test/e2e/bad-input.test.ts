import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { applyYaml, type TemporaryNamespace, tmpNamespace } from '../cluster/client.ts'
import { installOperator, untilState } from './operator.ts'

/** What a new user does wrong, and the words that must be in the message. */
const CASES: readonly { readonly name: string; readonly spec: string; readonly says: RegExp }[] = [
  {
    name: 'missing-file',
    spec: 'type: SQL\nprogram: SELECT count(*) FROM parquet.`/data/nowhere.parquet`',
    says: /\/data\/nowhere\.parquet/,
  },
  { name: 'sql-error', spec: 'type: SQL\nprogram: |\n  SELEC 1', says: /syntax error|SELEC/i },
  { name: 'throws', spec: "type: TypeScript\nprogram: throw new Error('no luck today')", says: /no luck today/ },
  { name: 'exits-three', spec: 'type: JavaScript\nprogram: process.exit(3)', says: /exit(ed)?( with)? code 3|code 3/i },
  {
    name: 'never-ends',
    spec: 'type: JavaScript\nactiveDeadlineSeconds: 10\nprogram: setInterval(() => {}, 1000)',
    says: /deadline|10 s/i,
  },
  {
    name: 'eats-memory',
    spec: 'type: JavaScript\nprogram: |\n  const all = []\n  for (;;) all.push(Buffer.alloc(16 * 1024 * 1024, 1))\ndriver:\n  memory: 128m\n  memoryOverhead: 64m',
    says: /memory/i,
  },
]

const indent = (text: string): string => text.replace(/^/gm, '  ')

describe('bad input ends in FAILED with its cause', () => {
  let namespace: TemporaryNamespace
  beforeAll(async () => {
    await installOperator()
    namespace = await tmpNamespace()
    for (const { name, spec } of CASES) {
      await applyYaml(
        `apiVersion: sparkoperator.k8s.io/v1beta2\nkind: SparkApplication\nmetadata:\n  name: ${name}\nspec:\n${indent(spec)}\n`,
        { namespace: namespace.name },
      )
    }
  })
  afterAll(() => namespace?.remove())

  it.each(CASES)('$name', async ({ name, says }) => {
    const app = await untilState(namespace.name, name, ['FAILED'], 180_000)
    expect(app.status.applicationState.errorMessage).toMatch(says)
  })
})
