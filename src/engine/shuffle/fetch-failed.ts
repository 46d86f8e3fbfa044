/** Blocks of a shuffle could not be had from an executor: their map tasks must run again. */
export class FetchFailed extends Error {
  override readonly name = 'FetchFailed'
  readonly shuffle: number
  readonly executor: number
  readonly outputs: readonly { readonly map: number; readonly attempt: number }[]

  constructor(
    shuffle: number,
    executor: number,
    outputs: readonly { readonly map: number; readonly attempt: number }[],
    message: string,
    cause?: unknown,
  ) {
    super(message, { cause })
    this.shuffle = shuffle
    this.executor = executor
    this.outputs = [...new Map(outputs.map(({ map, attempt }) => [`${map}-${attempt}`, { map, attempt }])).values()]
  }
}
