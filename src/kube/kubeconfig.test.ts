import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { inClusterCredentials } from './credentials.ts'
import { loadCredentials } from './kubeconfig.ts'
import { rotating } from './rotating.ts'

let directory = ''

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'bellows-kubeconfig-'))
})

afterEach(() => rmSync(directory, { recursive: true }))

const file = (name: string, content: string): string => {
  const path = join(directory, name)
  writeFileSync(path, content)
  return path
}

const base64 = (text: string): string => Buffer.from(text).toString('base64')

const config = (
  user: string,
  cluster = `certificate-authority-data: ${base64('CA')}`,
  server = 'https://api:6443',
): string => `
apiVersion: v1
kind: Config
current-context: main
clusters: [{ name: c, cluster: { server: '${server}', ${cluster} } }]
contexts:
  - { name: main, context: { cluster: c, user: u, namespace: team } }
  - { name: other, context: { cluster: c, user: u } }
  - { name: lost, context: { cluster: nowhere, user: u } }
users: [{ name: u, user: { ${user} } }]
`

const load = (content: string, context?: string) =>
  loadCredentials({ kubeconfig: file('config', content), env: {}, ...(context === undefined ? {} : { context }) })

describe('a kubeconfig', () => {
  test('with inline certificates', async () => {
    const it = await load(config(`client-certificate-data: ${base64('CERT')}, client-key-data: ${base64('KEY')}`))
    expect([it.server, it.namespace]).toEqual(['https://api:6443', 'team'])
    expect(await it.tls()).toMatchObject({ ca: 'CA', cert: 'CERT', key: 'KEY' })
    expect(await it.tls()).toBe(await it.tls())
    expect(await it.token()).toBeUndefined()
  })

  test('with files beside it, and a token file that is renewed', async () => {
    file('ca.pem', 'CA from a file')
    file('token', 'first\n')
    const it = await load(config('token-file: token', 'certificate-authority: ca.pem'))
    expect(await it.tls()).toMatchObject({ ca: 'CA from a file' })
    expect(await it.token()).toBe('first')
    file('token', 'second\n')
    expect(await it.token()).toBe('first')
    expect(await it.token(true)).toBe('second')
  })

  test('with a plugin that is run again when its token was refused', async () => {
    file('count', '0')
    const plugin = file(
      'plugin.sh',
      `#!/bin/sh
n=$(($(cat ${directory}/count) + 1)); echo $n > ${directory}/count
echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"token-'$n'"}}'
`,
    )
    chmodSync(plugin, 0o755)
    const it = await load(config(`exec: { command: ${plugin}, apiVersion: client.authentication.k8s.io/v1 }`))
    expect([await it.token(), await it.token(), await it.token(true)]).toEqual(['token-1', 'token-1', 'token-2'])
  })

  test('with a plugin that fails says which and why', async () => {
    const plugin = file('plugin.sh', '#!/bin/sh\necho "not logged in" >&2\nexit 3\n')
    chmodSync(plugin, 0o755)
    const it = await load(config(`exec: { command: ${plugin} }`))
    await expect(it.token()).rejects.toThrow(/the plugin ".*plugin\.sh" of user "u" failed: not logged in/)
  })

  test('names the context that is wanted', async () => {
    expect((await load(config('token: t'), 'other')).namespace).toBe('default')
    await expect(load(config('token: t'), 'third')).rejects.toThrow('has no context "third"')
    await expect(load(config('token: t'), 'lost')).rejects.toThrow('has no cluster "nowhere"')
  })

  test('in several files: the first that says something wins', async () => {
    const first = file('first', config('token: first'))
    const second = file('second', config('token: second', undefined, 'https://other'))
    const it = await loadCredentials({
      kubeconfig: [first, second, join(directory, 'absent')].join(delimiter),
      env: {},
    })
    expect([it.server, await it.token()]).toEqual(['https://api:6443', 'first'])
  })

  test.each<[string, string, RegExp]>([
    ['is not YAML', '{', /is not a kubeconfig/],
    ['is empty', '', /is not a kubeconfig/],
    ['names no context', 'kind: Config', /names no current-context/],
    ['has plain http', config('token: t', undefined, 'http://api'), /only https/],
    ['needs a proxy', config('token: t', 'proxy-url: "http://p"'), /proxy-url is not supported/],
    ['impersonates', config('as: someone'), /impersonation/],
  ])('that %s is refused with a sentence', async (_, content, message) => {
    await expect(load(content)).rejects.toThrow(message)
  })

  test('that is not there is refused, and so is none at all', async () => {
    await expect(loadCredentials({ kubeconfig: join(directory, 'no'), env: {} })).rejects.toThrow('no kubeconfig at')
  })
})

describe('in a pod', () => {
  test('the service account is read from its files', async () => {
    file('ca.crt', 'CA')
    file('token', 'first')
    file('namespace', 'team\n')
    const env = { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '6443' }
    const it = await inClusterCredentials(env, directory)
    expect([it.server, it.namespace, await it.token()]).toEqual(['https://[fd00::1]:6443', 'team', 'first'])
    expect(await it.tls()).toEqual({ ca: 'CA' })
    file('token', 'second')
    expect(await it.token(true)).toBe('second')
  })

  test('without a service account it says so', async () => {
    await expect(inClusterCredentials({ KUBERNETES_SERVICE_HOST: 'h' }, join(directory, 'no'))).rejects.toThrow(
      'cannot read the service account',
    )
    await expect(inClusterCredentials({}, directory)).rejects.toThrow('not in a pod')
  })
})

describe('what others change under us', () => {
  test('is read again after its time, once for all who ask, and a failure keeps the last value', async () => {
    let [now, readings] = [0, 0]
    const value = rotating(
      async () => {
        readings += 1
        if (readings === 3) throw new Error('half written')
        return readings
      },
      60_000,
      () => now,
    )
    expect(await Promise.all([value(), value()])).toEqual([1, 1])
    now = 59_999
    expect(await value()).toBe(1)
    now = 60_000
    expect(await value()).toBe(2)
    expect(await value(true)).toBe(2)
    expect(await value(true)).toBe(4)
  })

  test('fails where the first reading does', async () => {
    const value = rotating(() => Promise.reject(new Error('absent')), 60_000)
    await expect(value()).rejects.toThrow('absent')
  })
})
