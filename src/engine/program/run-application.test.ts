import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

/** A program takes over its process: each runs in one of its own, without the engine it does not use. */
const MAIN = `
import { runApplication } from ${JSON.stringify(join(import.meta.dirname, 'run-application.ts'))}
import { join } from 'node:path'
const [application, scratch] = process.argv.slice(2)
const log = { debug() {}, info() {}, warn() {} }
const engine = { scratchPath: (name) => join(scratch, name) }
const leave = (message) => process.stdout.write('left: ' + message + '\\n')
const around = { leaveMessage: leave, leaveSummary: leave, log }
process.exitCode = await runApplication(engine, JSON.parse(application), around)
`

describe('a program', () => {
  let directory: string

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'bellows-program-'))
    await mkdir(join(directory, 'job'))
    await writeFile(join(directory, 'main.mjs'), MAIN)
    await writeFile(join(directory, 'job', 'main.ts'), "import { x } from './lib.ts'\nconsole.log('x is', x)\n")
    await writeFile(join(directory, 'job', 'lib.ts'), "export { x } from '../other.mjs'\n")
    await writeFile(join(directory, 'other.mjs'), 'export const x = 42\n')
  })

  afterAll(() => rm(directory, { recursive: true }))

  const run = (program: object): Promise<{ readonly code: unknown; readonly output: string }> =>
    new Promise((resolve) => {
      const application = { type: 'TypeScript', name: 'a', id: 'a', arguments: [], sparkConf: {}, ...program }
      const args = [join(directory, 'main.mjs'), JSON.stringify(application), join(directory, 'scratch')]
      execFile(process.execPath, args, (error, stdout) => resolve({ code: error?.code ?? 0, output: stdout }))
    })

  it('imports its neighbours where it is a file', async () => {
    expect(await run({ mainApplicationFile: join(directory, 'job', 'main.ts') })).toEqual({
      code: 0,
      output: 'x is 42\n',
    })
  })

  it.each([
    ['./lib.ts', 'module'],
    ['/no/lib.ts', 'module'],
    ['some-package', 'package'],
  ])('says that an inline one cannot import %s and what to do, without a path of ours', async (specifier, kind) => {
    const { code, output } = await run({ program: `import { x } from '${specifier}'\nconsole.log(x)\n` })
    expect(output).toBe(
      `left: the program failed: Cannot find ${kind} '${specifier}': an inline program is one file; ` +
        'put it into mainApplicationFile to import neighbours and packages\n',
    )
    expect(code).toBe(1)
  })

  it('runs an inline one that imports what Node has', async () => {
    expect(await run({ program: "import { sep } from 'node:path'\nconsole.log(sep)\n" })).toEqual({
      code: 0,
      output: '/\n',
    })
  })
})
