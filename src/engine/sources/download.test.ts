import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { download } from './download.ts'

describe('download', () => {
  let server: Server
  let base: string
  let directory: string
  let hits = 0

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'bellows-download-'))
    server = createServer((request, response) => {
      hits++
      if (request.url === '/data.csv') response.end('a,b\n1,2\n')
      else if (request.url === '/moved') response.writeHead(302, { location: '/data.csv' }).end()
      else if (request.url === '/metadata') response.writeHead(302, { location: 'http://169.254.169.254/x' }).end()
      else if (request.url === '/loop') response.writeHead(302, { location: '/loop' }).end()
      else if (request.url === '/busy') response.writeHead(503).end()
      else if (request.url === '/cut') {
        response.writeHead(200, { 'content-length': '100' })
        response.write('x')
        response.destroy()
      } else response.writeHead(404).end()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })

  afterAll(async () => {
    server.closeAllConnections()
    server.close()
    await rm(directory, { recursive: true })
  })

  it('fetches once, keeps the extension, follows redirects', async () => {
    const path = await download(`${base}/data.csv`, directory, 1000)
    expect(await readFile(path, 'utf8')).toBe('a,b\n1,2\n')
    expect(path).toMatch(/data\.csv$/)
    const before = hits
    expect(await download(`${base}/data.csv`, directory, 1000)).toBe(path)
    expect(hits).toBe(before)
    expect(await readFile(await download(`${base}/moved`, directory, 1000), 'utf8')).toBe('a,b\n1,2\n')
  })

  it.each([
    ['/data.csv', 3, 'limit', 'is larger than 3 bytes (spark.bellows.download.maxBytes)'],
    ['/nothing', 100, 'user', 'the server answered 404'],
    ['/busy', 100, 'infrastructure', 'the server answered 503'],
    ['/metadata', 100, 'user', 'link-local addresses are refused'],
    ['/loop', 100, 'user', 'more than 5 redirects'],
    ['/cut', 100, 'infrastructure', 'cannot fetch'],
  ])('%s within %d bytes is an error of kind %s', async (path, limit, kind, message) => {
    const place = join(directory, path)
    const failed = await download(base + path, place, limit).catch((error) => error)
    expect(failed.kind).toBe(kind)
    expect(failed.message).toContain(message)
    expect(await readdir(place)).toEqual([])
  })

  it('refuses addresses of metadata services however they are written', async () => {
    for (const host of ['169.254.169.254', '[fe80::1]', '[fd00:ec2::254]', '2852039166']) {
      await expect(download(`http://${host}/latest`, directory, 10)).rejects.toThrow('link-local')
    }
  })
})
