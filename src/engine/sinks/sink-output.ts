import type { Conf } from '../conf.ts'
import type { UploadedPart } from '../sources/s3/s3-client.ts'
import type { JdbcConnection } from '../sources/source-input.ts'

/** Where a task brings the files it made, from wherever it runs. Plain JSON. */
export type SinkOutput =
  /** Uploads that only the driver completes: until then nobody sees anything. */
  | {
      readonly kind: 's3'
      readonly bucket: string
      /** Ends with a slash, or is empty. */
      readonly prefix: string
      readonly conf: Conf
    }
  /** COPY … FROM STDIN, the whole of a task in one transaction. */
  | { readonly kind: 'jdbc'; readonly connection: JdbcConnection; readonly sql: string }

/** An object that is uploaded and not yet there. */
export interface PendingObject {
  readonly key: string
  readonly upload: string
  readonly parts: readonly UploadedPart[]
  readonly bytes: number
}

/** What a task gives back of output `sink`, as TaskResult.value. */
export type SinkValue =
  | { readonly kind: 's3'; readonly objects: readonly PendingObject[] }
  | { readonly kind: 'jdbc'; readonly rows: number }
