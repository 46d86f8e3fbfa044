import { type EngineError, infrastructureError, messageOf, userError } from '../../errors.ts'
import { type ObjectPath, objectUrl } from './object-path.ts'
import type { S3Place } from './s3-settings.ts'
import { element } from './s3-xml.ts'

export interface S3Refusal {
  readonly status: number
  /** The answer's `Code`; empty where it has no body. */
  readonly code: string
  readonly region: string | undefined
}

export const s3Refusal = (status: number, headers: Headers, body: string): S3Refusal => ({
  status,
  code: element(body, 'Code') ?? '',
  region: headers.get('x-amz-bucket-region') ?? element(body, 'Region'),
})

const advice = ({ status, code, region }: S3Refusal, place: S3Place): string | undefined => {
  if (code === 'RequestTimeTooSkewed')
    return 'the clock of this machine differs from the server’s by more than 15 minutes: set it right'
  if (code === 'InvalidAccessKeyId' || /UserNotFound/.test(code))
    return 'the server does not know the access key: look at fs.s3a.access.key'
  if (code === 'SignatureDoesNotMatch')
    return `the signature is not right: look at fs.s3a.secret.key, and at the region (${place.region}; fs.s3a.endpoint.region)`
  if (code === 'ExpiredToken' || code === 'InvalidToken') return 'the session token is over or not valid: get a new one'
  if (status === 301 || status === 307 || code === 'AuthorizationHeaderMalformed' || code === 'PermanentRedirect')
    return `the bucket is in another region${region === undefined ? '' : `, ${region}`}: set spark.hadoop.fs.s3a.endpoint.region (now ${place.region})`
  if (status === 403) return 'access is denied: the key has no right to do this on the bucket'
  if (code === 'NoSuchBucket') return `there is no bucket ${place.bucket} at ${place.endpoint}`
  if (code === 'NoSuchUpload') return 'the upload was aborted by somebody else'
  if (code === 'NoSuchKey' || (status === 404 && code === '')) return 'there is no such object'
  if (status === 412) return 'the object was replaced while the query read it: run the query again'
  return undefined
}

/** A sentence with bucket and key. What the server wrote is left out but for its code: it may repeat parts of the request. */
export const s3Error = (doing: string, path: ObjectPath, refusal: S3Refusal, place: S3Place): EngineError => {
  const { status, code } = refusal
  const said = `${status}${code === '' ? '' : ` ${code}`}`
  const text = `cannot ${doing} ${objectUrl(path)}: ${advice(refusal, place) ?? 'the server refused'} (${place.endpoint} answered ${said})`
  return status >= 500 || status === 429 || status === 408 ? infrastructureError(text) : userError(text)
}

export const s3Unreachable = (doing: string, path: ObjectPath, place: S3Place, error: unknown): EngineError => {
  const { cause } = error as { readonly cause?: unknown }
  return infrastructureError(
    `cannot ${doing} ${objectUrl(path)}: ${place.endpoint} does not answer (${messageOf(cause ?? error)})`,
  )
}
