/**
 * Completes package-lock.json with the packages of other platforms that the registry at hand does not serve: npm leaves
 * them out when it writes the lock, and `npm ci` then refuses the lock, on every platform.
 *
 *   node scripts/lock.ts          add what is missing (run it after each `npm install`)
 *   node scripts/lock.ts --check  fail where something is missing
 */
import { readFileSync, writeFileSync } from 'node:fs'

interface Package {
  readonly version?: string
  readonly dev?: boolean
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

const FILE = 'package-lock.json'
const lock = JSON.parse(readFileSync(FILE, 'utf8')) as { packages: Record<string, Package> }
const missing: Record<string, object> = {}

for (const parent of Object.values(lock.packages)) {
  for (const [name, range] of Object.entries(parent.optionalDependencies ?? {})) {
    const path = `node_modules/${name}`
    if (lock.packages[path]?.version !== undefined) continue
    const os = /android|darwin|linux|win32|freebsd|openharmony/.exec(name)?.[0]
    const cpu = /arm64|x64|ia32|riscv64|ppc64|s390x/.exec(name)?.[0]
    missing[path] = {
      version: range.replace(/^[\^~]/, ''),
      ...(parent.dev ? { dev: true } : {}),
      optional: true,
      ...(os ? { os: [os] } : {}),
      ...(cpu ? { cpu: [cpu] } : {}),
      ...(os === 'linux' ? { libc: [name.includes('musl') ? 'musl' : 'glibc'] } : {}),
    }
  }
}

const names = Object.keys(missing)
if (names.length === 0) {
  console.log(`${FILE} is complete`)
} else if (process.argv.includes('--check')) {
  console.error(`${FILE} lacks ${names.join(', ')}: run "node scripts/lock.ts"`)
  process.exitCode = 1
} else {
  const all = { ...lock.packages, ...missing }
  const packages = Object.fromEntries(
    Object.keys(all)
      .sort()
      .map((name) => [name, all[name]]),
  )
  writeFileSync(FILE, `${JSON.stringify({ ...lock, packages }, null, 2)}\n`)
  console.log(`added to ${FILE}: ${names.join(', ')}`)
}
