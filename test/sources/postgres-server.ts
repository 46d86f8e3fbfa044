import { execFile } from 'node:child_process'
import { chown, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Client } from 'pg'
import { databasePackages, ensurePackages } from '../cluster/packages.ts'
import { freePort, startProcess } from './process.ts'

const run = promisify(execFile)

export interface PostgresServer {
  readonly url: string
  readonly port: number
  readonly user: string
  readonly password: string
  readonly options: Readonly<Record<string, string>>
  readonly query: (sql: string) => Promise<readonly Record<string, unknown>[]>
  stop(): Promise<void>
}

const PROGRAMS = '/usr/lib/postgresql'

/** Debian's package: the newest version that is there. */
const programs = async (): Promise<string> => {
  const versions = await readdir(PROGRAMS).catch(() => [])
  const newest = versions.map(Number).sort((a, b) => b - a)[0]
  if (newest === undefined) throw new Error('no Postgres: apt-get install postgresql')
  return join(PROGRAMS, String(newest), 'bin')
}

/** A real Postgres on loopback with data of its own. Postgres refuses to run as root: then it runs as `nobody`. */
export const startPostgres = async (): Promise<PostgresServer> => {
  await ensurePackages(databasePackages)
  const bin = await programs()
  const directory = await mkdtemp(join(tmpdir(), 'bellows-pg-'))
  const as = userInfo().uid === 0 ? { uid: 65534, gid: 65534 } : {}
  if (userInfo().uid === 0) await chown(directory, 65534, 65534)
  const [user, password] = ['tester', 'p@ss/word:of the tests']
  const secret = join(directory, 'secret')
  await writeFile(secret, password)
  if (userInfo().uid === 0) await chown(secret, 65534, 65534)
  const data = join(directory, 'data')
  const env = { PATH: `${bin}:/usr/bin:/bin`, LC_ALL: 'C.UTF-8', HOME: directory }
  const initialise = ['-D', data, '-U', user, '-A', 'scram-sha-256', `--pwfile=${secret}`, '-E', 'UTF8', '--no-sync']
  await run(join(bin, 'initdb'), initialise, { ...as, env, cwd: directory })
  const port = await freePort()
  const connect = async <T>(use: (client: Client) => Promise<T>): Promise<T> => {
    const client = new Client({ host: '127.0.0.1', port, user, password, database: 'postgres' })
    client.on('error', () => {})
    try {
      await client.connect()
      return await use(client)
    } finally {
      await client.end().catch(() => {})
    }
  }
  const running = await startProcess(
    join(bin, 'postgres'),
    ['-D', data, '-p', String(port), '-h', '127.0.0.1', '-k', directory, '-c', 'fsync=off', '-c', 'log_statement=all'],
    { ...as, env, cwd: directory },
    () => connect(async () => true),
  )
  const url = `jdbc:postgresql://127.0.0.1:${port}/postgres`
  return {
    url,
    port,
    user,
    password,
    options: { url, user, password },
    query: (sql) => connect(async (client) => (await client.query(sql)).rows),
    stop: async () => {
      await running.stop()
      await rm(directory, { recursive: true, force: true })
    },
  }
}
