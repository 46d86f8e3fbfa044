/** A buffer that grows; numbers are little-endian, as on every machine Node runs on. */
export class ByteWriter {
  private buffer = Buffer.allocUnsafe(1 << 16)
  length = 0

  private room(bytes: number): void {
    const wanted = this.length + bytes
    if (wanted <= this.buffer.length) return
    const grown = Buffer.allocUnsafe(Math.max(wanted, this.buffer.length * 2))
    this.buffer.copy(grown, 0, 0, this.length)
    this.buffer = grown
  }

  u8(value: number): void {
    this.room(1)
    this.buffer[this.length++] = value
  }

  u32(value: number): void {
    this.room(4)
    this.length = this.buffer.writeUInt32LE(value, this.length)
  }

  patchU32(at: number, value: number): void {
    this.buffer.writeUInt32LE(value, at)
  }

  bytes(value: Uint8Array): void {
    this.room(value.length)
    this.buffer.set(value, this.length)
    this.length += value.length
  }

  run(values: ArrayBufferView): void {
    this.bytes(new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
  }

  /** Bytes written. */
  text(value: string, encoding: 'latin1' | 'utf8' | 'utf16le', bytes: number): void {
    this.room(bytes)
    this.length += this.buffer.write(value, this.length, bytes, encoding)
  }

  /** A copy of what was written. */
  taken(): Buffer {
    return Buffer.from(this.buffer.subarray(0, this.length))
  }

  clear(): void {
    this.length = 0
  }
}
