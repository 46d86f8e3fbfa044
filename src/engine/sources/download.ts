import { createHash } from 'node:crypto'
import { lookup as resolveName } from 'node:dns'
import { createWriteStream } from 'node:fs'
import { mkdir, rename, rm, stat } from 'node:fs/promises'
import { get as httpGet, type IncomingMessage } from 'node:http'
import { get as httpsGet } from 'node:https'
import { BlockList, isIP, type LookupFunction } from 'node:net'
import { join } from 'node:path'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { EngineError, infrastructureError, limitError, messageOf, userError } from '../errors.ts'

/** Cloud metadata services answer on link-local addresses; data never does. */
const REFUSED = new BlockList()
REFUSED.addSubnet('169.254.0.0', 16, 'ipv4')
REFUSED.addSubnet('fe80::', 10, 'ipv6')
REFUSED.addAddress('fd00:ec2::254', 'ipv6')

/** spark.bellows.download.maxBytes */
export const DEFAULT_DOWNLOAD_BYTES = 4 * 2 ** 30

const MAX_REDIRECTS = 5
const IDLE_MS = 60_000

const isRefused = (address: string): boolean => REFUSED.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')

/** Looks a name up and refuses link-local answers, at the moment of connecting, so that no second answer slips by. */
const guardedLookup: LookupFunction = (hostname, options, callback) => {
  resolveName(hostname, { ...options, all: true }, (error, addresses) => {
    if (error) return callback(error, '')
    const bad = addresses.find(({ address }) => isRefused(address))
    if (bad)
      return callback(
        Object.assign(new Error(`${hostname} is ${bad.address}, a link-local address`), { code: 'EREFUSED_ADDRESS' }),
        '',
      )
    const first = addresses[0]
    if (first === undefined) return callback(new Error(`${hostname} has no address`), '')
    if (options.all) return callback(null, addresses)
    return callback(null, first.address, first.family)
  })
}

const request = (url: URL): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    const host = url.hostname.replace(/^\[|\]$/g, '')
    if (isIP(host) !== 0 && isRefused(host)) {
      reject(userError(`${url.href}: link-local addresses are refused`))
      return
    }
    const get = url.protocol === 'https:' ? httpsGet : httpGet
    const sent = get(url, { lookup: guardedLookup, timeout: IDLE_MS, headers: { 'user-agent': 'bellows' } }, resolve)
    sent.on('timeout', () => sent.destroy(new Error(`nothing came for ${IDLE_MS / 1000} s`)))
    sent.on('error', reject)
  })

const open = async (first: string): Promise<IncomingMessage> => {
  let url = new URL(first)
  for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
    const answer = await request(url)
    const status = answer.statusCode ?? 0
    if (status >= 300 && status < 400 && answer.headers.location !== undefined) {
      answer.resume()
      url = new URL(answer.headers.location, url)
      if (!/^https?:$/.test(url.protocol))
        throw userError(`${first} redirects to ${url.protocol}, which is not http(s)`)
      continue
    }
    if (status === 200) return answer
    answer.resume()
    const message = `${first}: the server answered ${status} ${answer.statusMessage ?? ''}`.trimEnd()
    throw status >= 500 || status === 429 ? infrastructureError(message) : userError(message)
  }
  throw userError(`${first}: more than ${MAX_REDIRECTS} redirects`)
}

/**
 * Fetches a URL into `directory`, once; the name keeps the extension. Returns the local path.
 * Throws EngineError: `user` for addresses and answers that will stay so, `limit` above `maxBytes`.
 */
export const download = async (url: string, directory: string, maxBytes: number): Promise<string> => {
  const name = new URL(url).pathname.split('/').at(-1) ?? ''
  const digest = createHash('sha256').update(url).digest('hex').slice(0, 16)
  const path = join(directory, `${digest}-${name.replace(/[^\w.-]/g, '_').slice(-80) || 'data'}`)
  if (await stat(path).catch(() => undefined)) return path
  await mkdir(directory, { recursive: true })
  const partial = `${path}.partial`
  try {
    const answer = await open(url)
    await pipeline(answer, limited(url, maxBytes), createWriteStream(partial))
    await rename(partial, path)
    return path
  } catch (error) {
    await rm(partial, { force: true })
    if (error instanceof EngineError) throw error
    const code = (error as NodeJS.ErrnoException).code
    const message = `cannot fetch ${url}: ${messageOf(error)}`
    throw code === 'ENOTFOUND' || code === 'EREFUSED_ADDRESS'
      ? userError(message, error)
      : infrastructureError(message, error)
  }
}

const limited = (url: string, maxBytes: number): Transform => {
  let seen = 0
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      seen += chunk.length
      if (seen <= maxBytes) done(null, chunk)
      else done(limitError(`${url} is larger than ${maxBytes} bytes (spark.bellows.download.maxBytes)`))
    },
  })
}
