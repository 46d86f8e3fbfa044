import { AwsClient } from 'aws4fetch'
import type { Conf } from '../../conf.ts'
import type { ObjectPath } from './object-path.ts'
import { s3Error, s3Refusal, s3Unreachable } from './s3-error.ts'
import { type S3Place, s3Credentials, s3Place } from './s3-settings.ts'
import { element, elements, escapeXml } from './s3-xml.ts'

export interface FoundObject {
  readonly key: string
  readonly bytes: number
  readonly etag: string
  /** Milliseconds since 1970. */
  readonly modified: number
}

export interface UploadedPart {
  readonly number: number
  readonly etag: string
}

interface Call {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE' | 'HEAD'
  readonly doing: string
  readonly path: ObjectPath
  readonly query?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array<ArrayBuffer> | string
}

/** Tries in all of what a server answers with 5xx, 100 ms and more between them. */
const RETRIES = 4
const RETRY_MS = 100

const encoded = (key: string): string => key.split('/').map(encodeURIComponent).join('/')

/** Requests of S3's API, signed. Throws EngineError that names bucket and key, never a secret. */
export class S3Client {
  private readonly conf: Conf
  private readonly env: Readonly<Record<string, string | undefined>>
  private readonly signers = new Map<string, AwsClient | undefined>()

  constructor(conf: Conf, env: Readonly<Record<string, string | undefined>> = process.env) {
    this.conf = conf
    this.env = env
  }

  /** Undefined: not there, or refused; an answer to HEAD does not say why, one to a list does. */
  async head(path: ObjectPath): Promise<FoundObject | undefined> {
    const answer = await this.send({ method: 'HEAD', doing: 'look at', path }, [301, 400, 403, 404])
    if (!answer.ok) return undefined
    return {
      key: path.key,
      bytes: Number(answer.headers.get('content-length')),
      etag: answer.headers.get('etag') ?? '',
      modified: Date.parse(answer.headers.get('last-modified') ?? ''),
    }
  }

  /** Objects whose keys begin with `prefix`, in the order of their keys. */
  async *list(bucket: string, prefix: string, after?: string): AsyncGenerator<FoundObject> {
    let token: string | undefined
    do {
      const xml = await this.text({
        method: 'GET',
        doing: 'list',
        path: { bucket, key: prefix },
        query: {
          'list-type': '2',
          'encoding-type': 'url',
          prefix,
          ...(after === undefined ? {} : { 'start-after': after }),
          ...(token === undefined ? {} : { 'continuation-token': token }),
        },
      })
      const encodedKeys = element(xml, 'EncodingType') === 'url'
      for (const item of elements(xml, 'Contents')) {
        yield {
          key: encodedKeys
            ? decodeURIComponent((element(item, 'Key') ?? '').replaceAll('+', ' '))
            : (element(item, 'Key') ?? ''),
          bytes: Number(element(item, 'Size')),
          etag: element(item, 'ETag') ?? '',
          modified: Date.parse(element(item, 'LastModified') ?? ''),
        }
      }
      token = element(xml, 'IsTruncated') === 'true' ? element(xml, 'NextContinuationToken') : undefined
    } while (token !== undefined)
  }

  /** The object, or bytes `from` (included) to `to` (excluded) of it, as long as it is still the one with this etag. */
  async get(path: ObjectPath, etag: string, range?: { readonly from: number; readonly to: number }): Promise<Response> {
    return this.send({
      method: 'GET',
      doing: 'read',
      path,
      headers: {
        ...(etag === '' ? {} : { 'if-match': etag }),
        ...(range === undefined ? {} : { range: `bytes=${range.from}-${range.to - 1}` }),
      },
    })
  }

  async put(path: ObjectPath, body: Uint8Array<ArrayBuffer>): Promise<void> {
    await this.text({ method: 'PUT', doing: 'write', path, body })
  }

  /** False: there is an object of that name already, and it stays. */
  async putIfAbsent(path: ObjectPath, body: Uint8Array<ArrayBuffer>): Promise<boolean> {
    const headers = { 'if-none-match': '*' }
    const answer = await this.send({ method: 'PUT', doing: 'write', path, body, headers }, [412, 409])
    await answer.arrayBuffer()
    return answer.ok
  }

  async delete(path: ObjectPath): Promise<void> {
    const answer = await this.send({ method: 'DELETE', doing: 'delete', path }, [404])
    await answer.arrayBuffer()
  }

  async startUpload(path: ObjectPath): Promise<string> {
    const xml = await this.text({ method: 'POST', doing: 'write', path, query: { uploads: '' } })
    return element(xml, 'UploadId') ?? ''
  }

  async uploadPart(
    path: ObjectPath,
    upload: string,
    part: number,
    body: Uint8Array<ArrayBuffer>,
  ): Promise<UploadedPart> {
    const query = { partNumber: String(part), uploadId: upload }
    const answer = await this.send({ method: 'PUT', doing: 'write', path, query, body })
    await answer.arrayBuffer()
    return { number: part, etag: answer.headers.get('etag') ?? '' }
  }

  /** From here on the object is there, whole. */
  async completeUpload(path: ObjectPath, upload: string, parts: readonly UploadedPart[]): Promise<void> {
    const listed = parts.map(
      ({ number, etag }) => `<Part><PartNumber>${number}</PartNumber><ETag>${escapeXml(etag)}</ETag></Part>`,
    )
    const call: Call = {
      method: 'POST',
      doing: 'write',
      path,
      query: { uploadId: upload },
      body: `<CompleteMultipartUpload>${listed.join('')}</CompleteMultipartUpload>`,
    }
    const xml = await this.text(call)
    // S3 may say 200 before it fails.
    if (element(xml, 'Code') !== undefined && /<Error/.test(xml)) {
      throw s3Error(call.doing, path, s3Refusal(500, new Headers(), xml), this.place(path.bucket))
    }
  }

  async abortUpload(path: ObjectPath, upload: string): Promise<void> {
    const answer = await this.send({ method: 'DELETE', doing: 'clean up', path, query: { uploadId: upload } }, [404])
    await answer.arrayBuffer()
  }

  /** Uploads that were begun below a prefix and not ended. */
  async uploads(bucket: string, prefix: string): Promise<readonly { readonly key: string; readonly upload: string }[]> {
    const found: { readonly key: string; readonly upload: string }[] = []
    let after: Readonly<Record<string, string>> | undefined = {}
    while (after !== undefined) {
      const xml: string = await this.text({
        method: 'GET',
        doing: 'list uploads of',
        path: { bucket, key: prefix },
        query: { uploads: '', prefix, 'max-uploads': '1000', ...after },
      })
      for (const item of elements(xml, 'Upload'))
        found.push({ key: element(item, 'Key') ?? '', upload: element(item, 'UploadId') ?? '' })
      const [key, id] = [element(xml, 'NextKeyMarker') ?? '', element(xml, 'NextUploadIdMarker') ?? '']
      after =
        element(xml, 'IsTruncated') === 'true' && key !== '' ? { 'key-marker': key, 'upload-id-marker': id } : undefined
    }
    return found
  }

  place(bucket: string): S3Place {
    return s3Place(this.conf, this.env, bucket)
  }

  private async text(call: Call): Promise<string> {
    return (await this.send(call)).text()
  }

  private async send(call: Call, allowed: readonly number[] = []): Promise<Response> {
    const { method, doing, path, headers = {}, body } = call
    const place = this.place(path.bucket)
    const url = this.url(call, place)
    const init = { method, headers, redirect: 'manual' as const, ...(body === undefined ? {} : { body }) }
    const signer = this.signer(path.bucket, place)
    let answer: Response
    try {
      answer = signer === undefined ? await fetch(url, init) : await signer.fetch(url, init)
    } catch (error) {
      throw s3Unreachable(doing, path, place, error)
    }
    if (answer.ok || allowed.includes(answer.status)) return answer
    const refusal = s3Refusal(answer.status, answer.headers, await answer.text().catch(() => ''))
    throw s3Error(doing, path, refusal, place)
  }

  private url({ path, query }: Call, place: S3Place): string {
    const listing = query !== undefined && ('list-type' in query || ('uploads' in query && 'prefix' in query))
    const key = listing ? '' : encoded(path.key)
    const search = query === undefined ? '' : `?${new URLSearchParams(query)}`
    const { protocol, host, pathname } = new URL(place.endpoint)
    const base = pathname === '/' ? '' : pathname
    return place.pathStyle
      ? `${protocol}//${host}${base}/${path.bucket}${key === '' ? '' : `/${key}`}${search}`
      : `${protocol}//${path.bucket}.${host}${base}/${key}${search}`
  }

  /** Undefined: requests go unsigned. */
  private signer(bucket: string, place: S3Place): AwsClient | undefined {
    if (this.signers.has(bucket)) return this.signers.get(bucket)
    const credentials = s3Credentials(this.conf, this.env, bucket)
    const made =
      credentials.kind === 'anonymous'
        ? undefined
        : new AwsClient({
            accessKeyId: credentials.accessKeyId,
            secretAccessKey: credentials.secretAccessKey,
            ...(credentials.sessionToken === undefined ? {} : { sessionToken: credentials.sessionToken }),
            service: 's3',
            region: place.region,
            retries: RETRIES,
            initRetryMs: RETRY_MS,
          })
    this.signers.set(bucket, made)
    return made
  }
}
