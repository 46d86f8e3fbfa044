/** Reads what ByteWriter wrote. */
export class ByteReader {
  private readonly buffer: Buffer
  private at: number

  constructor(buffer: Buffer, at = 0) {
    this.buffer = buffer
    this.at = at
  }

  get position(): number {
    return this.at
  }

  set position(at: number) {
    this.at = at
  }

  u8(): number {
    return this.buffer[this.at++]!
  }

  u32(): number {
    const value = this.buffer.readUInt32LE(this.at)
    this.at += 4
    return value
  }

  bytes(length: number): Buffer {
    const from = this.at
    this.at += length
    return this.buffer.subarray(from, this.at)
  }

  /** A copy, so that it is aligned and outlives the block. */
  private copied(length: number): ArrayBuffer {
    const from = this.buffer.byteOffset + this.at
    this.at += length
    return this.buffer.buffer.slice(from, from + length) as ArrayBuffer
  }

  uint8s(count: number): Uint8Array {
    return new Uint8Array(this.copied(count))
  }

  int8s(count: number): Int8Array {
    return new Int8Array(this.copied(count))
  }

  int16s(count: number): Int16Array {
    return new Int16Array(this.copied(count * 2))
  }

  int32s(count: number): Int32Array {
    return new Int32Array(this.copied(count * 4))
  }

  doubles(count: number): Float64Array {
    return new Float64Array(this.copied(count * 8))
  }

  bigints(count: number): BigInt64Array {
    return new BigInt64Array(this.copied(count * 8))
  }

  text(encoding: 'latin1' | 'utf8' | 'utf16le', bytes: number): string {
    const from = this.at
    this.at += bytes
    return this.buffer.toString(encoding, from, this.at)
  }
}
