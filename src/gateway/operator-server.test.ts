import { afterEach, expect, it } from 'vitest'
import { type OperatorServer, serveOperator } from './operator-server.ts'

let server: OperatorServer | undefined
afterEach(() => server?.close())

const start = async (ready: boolean): Promise<string> => {
  server = await serveOperator(
    { host: '127.0.0.1', port: 0 },
    { contentType: 'text/plain; version=0.0.4', metrics: async () => 'up 1\n' },
    {
      live: () => ({ ok: true, message: 'ok' }),
      ready: () => ({ ok: ready, message: ready ? 'ok' : 'waiting for the cache of pods' }),
    },
  )
  return `http://127.0.0.1:${server.port}`
}

it('serves metrics and probes', async () => {
  const url = await start(true)
  const metrics = await fetch(`${url}/metrics`)
  expect(metrics.headers.get('content-type')).toContain('version=0.0.4')
  expect(await metrics.text()).toBe('up 1\n')
  expect((await fetch(`${url}/healthz`)).status).toBe(200)
  expect((await fetch(`${url}/readyz`)).status).toBe(200)
})

it('says why it is not ready', async () => {
  const answer = await fetch(`${await start(false)}/readyz`)
  expect(answer.status).toBe(503)
  expect(await answer.text()).toBe('waiting for the cache of pods\n')
})

it('refuses what it does not serve', async () => {
  const url = await start(true)
  expect((await fetch(`${url}/other`)).status).toBe(404)
  expect((await fetch(`${url}/metrics`, { method: 'POST', body: 'x' })).status).toBe(405)
})
