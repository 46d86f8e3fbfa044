import { type Conf, parseBoolean } from '../../conf.ts'
import { userError } from '../../errors.ts'

/** Where a bucket is and how it is spoken to. Holds no secret. */
export interface S3Place {
  readonly bucket: string
  /** Origin and base path, without a slash at the end. */
  readonly endpoint: string
  readonly region: string
  readonly pathStyle: boolean
}

export type S3Credentials =
  | { readonly kind: 'anonymous' }
  | {
      readonly kind: 'keys'
      readonly accessKeyId: string
      readonly secretAccessKey: string
      readonly sessionToken: string | undefined
    }

type Environment = Readonly<Record<string, string | undefined>>

const PREFIX = 'spark.hadoop.fs.s3a.'

/** The properties that executors need to reach object stores. They hold secrets: never to be logged. */
export const s3Conf = (conf: Conf): Conf =>
  Object.fromEntries(Object.entries(conf).filter(([key]) => key.startsWith(PREFIX)))

/** fs.s3a.bucket.NAME.x goes before fs.s3a.x. Source: Hadoop-AWS, "Configuring different S3 buckets". */
const setting = (conf: Conf, bucket: string, name: string): string | undefined =>
  [conf[`${PREFIX}bucket.${bucket}.${name}`], conf[`${PREFIX}${name}`]].find(
    (value) => value !== undefined && value !== '',
  )

const flag = (conf: Conf, bucket: string, name: string): boolean | undefined => {
  const text = setting(conf, bucket, name)
  if (text === undefined) return undefined
  const value = parseBoolean(text)
  if (value === undefined) throw userError(`fs.s3a.${name} is "${text}"; it wants true or false`)
  return value
}

/** Throws EngineError for an endpoint that is no address. */
export const s3Place = (conf: Conf, env: Environment, bucket: string): S3Place => {
  const region = setting(conf, bucket, 'endpoint.region') ?? env.AWS_REGION ?? env.AWS_DEFAULT_REGION ?? 'us-east-1'
  const given = setting(conf, bucket, 'endpoint') ?? env.AWS_ENDPOINT_URL_S3 ?? env.AWS_ENDPOINT_URL
  const secure = flag(conf, bucket, 'connection.ssl.enabled') ?? true
  const text = given ?? `s3.${region}.amazonaws.com`
  const full = /^https?:\/\//.test(text) ? text : `${secure ? 'https' : 'http'}://${text}`
  if (!URL.canParse(full)) throw userError(`fs.s3a.endpoint is "${text}", which is no address`)
  const { hostname, origin, pathname } = new URL(full)
  // A bucket cannot be put in front of a number or of a name without dots.
  const bare = /^[\d.]+$|^\[/.test(hostname) || !hostname.includes('.')
  return {
    bucket,
    endpoint: `${origin}${pathname.replace(/\/+$/, '')}`,
    region,
    pathStyle: flag(conf, bucket, 'path.style.access') ?? bare,
  }
}

/** Properties go before the environment's variables. Throws EngineError that says what to set. */
export const s3Credentials = (conf: Conf, env: Environment, bucket: string): S3Credentials => {
  const provider = setting(conf, bucket, 'aws.credentials.provider')
  if (provider !== undefined && /Anonymous/.test(provider)) return { kind: 'anonymous' }
  const access = setting(conf, bucket, 'access.key')
  const [accessKeyId, secretAccessKey, sessionToken] =
    access === undefined
      ? [env.AWS_ACCESS_KEY_ID, env.AWS_SECRET_ACCESS_KEY, env.AWS_SESSION_TOKEN]
      : [access, setting(conf, bucket, 'secret.key'), setting(conf, bucket, 'session.token')]
  if (!accessKeyId || !secretAccessKey)
    throw userError(
      `no credentials for the bucket ${bucket}: set spark.hadoop.fs.s3a.access.key and spark.hadoop.fs.s3a.secret.key, or ` +
        'AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in driver and executors (roles of instances and web identities are ' +
        'not supported); for a public bucket set spark.hadoop.fs.s3a.aws.credentials.provider to ' +
        'org.apache.hadoop.fs.s3a.AnonymousAWSCredentialsProvider',
    )
  return { kind: 'keys', accessKeyId, secretAccessKey, sessionToken: sessionToken || undefined }
}
