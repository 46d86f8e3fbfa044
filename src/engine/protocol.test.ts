import { describe, expect, it } from 'vitest'
import { openRequest } from './http-client.ts'
import { sendJson, startServer } from './http-server.ts'
import { isAuthorized } from './protocol.ts'
import { startEngine } from './testing/engine-fixture.ts'

describe('between driver and executors', () => {
  it('only the bearer of the token is let in', async () => {
    expect(isAuthorized('Bearer secret', 'secret')).toBe(true)
    for (const header of [undefined, '', 'secret', 'Bearer secret2', 'Bearer ', 'Basic secret'])
      expect(isAuthorized(header, 'secret')).toBe(false)
    const server = await startServer({
      token: 'secret',
      host: '127.0.0.1',
      open: (path) => path === '/metrics',
      handle: async (_, response) => sendJson(response, 200, {}),
    })
    try {
      const status = async (path: string, token: string) => {
        const answer = await openRequest({ url: server.url + path, method: 'GET', token })
        answer.resume()
        return answer.statusCode
      }
      expect([await status('/x', 'secret'), await status('/x', 'guess'), await status('/metrics', 'guess')]).toEqual([
        200, 401, 200,
      ])
    } finally {
      await server.close()
    }
  })

  it('an executor that nobody asked for is sent away, and metrics are there from the start', async () => {
    const fixture = await startEngine(1)
    try {
      const { engine } = fixture
      const registered = await openRequest({
        url: `${engine.url}/v1/executors/register`,
        method: 'POST',
        token: engine.options.token,
        body: { id: 77, url: 'http://127.0.0.1:1', cores: 1, host: 'x' },
      })
      registered.resume()
      expect(registered.statusCode).toBe(410)
      const text = await (await fetch(`${engine.url}/metrics`)).text()
      expect(text).toContain('bellows_executors_lost_total 0')
      expect(text).toContain('# TYPE bellows_stages_whole_total counter')
    } finally {
      await fixture.close()
    }
  })
})
