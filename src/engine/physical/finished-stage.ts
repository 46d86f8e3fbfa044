/** Bytes and rows of one block, or of several. */
export interface BlockSize {
  readonly bytes: number
  readonly rows: number
}

/** What a stage left for its readers. */
export type FinishedStage =
  /** `sizes[map][partition]` */
  | {
      readonly kind: 'shuffle'
      readonly shuffle: number
      readonly partitions: number
      readonly sizes: readonly (readonly BlockSize[])[]
    }
  /** Files of the driver. */
  | { readonly kind: 'files'; readonly files: readonly FinishedFile[] }
  /** No task was needed: it gives no rows. */
  | { readonly kind: 'empty' }

export interface FinishedFile extends BlockSize {
  readonly path: string
  readonly block: string
}

const NOTHING: BlockSize = { bytes: 0, rows: 0 }

export const sumSizes = (sizes: readonly (BlockSize | undefined)[]): BlockSize =>
  sizes.reduce<BlockSize>(
    (sum, size) => (size === undefined ? sum : { bytes: sum.bytes + size.bytes, rows: sum.rows + size.rows }),
    NOTHING,
  )

/** Size of the partitions from `from` to `to` (excluded), of all maps or of some. */
export const partitionSize = (
  stage: FinishedStage,
  from: number,
  to: number,
  maps?: { readonly from: number; readonly to: number },
): BlockSize => {
  switch (stage.kind) {
    case 'empty':
      return NOTHING
    case 'files':
      return sumSizes(stage.files)
    case 'shuffle':
      return sumSizes(
        (maps === undefined ? stage.sizes : stage.sizes.slice(maps.from, maps.to)).flatMap((map) =>
          map.slice(from, to),
        ),
      )
  }
}

export const totalSize = (stage: FinishedStage): BlockSize =>
  partitionSize(stage, 0, stage.kind === 'shuffle' ? stage.partitions : 1)
