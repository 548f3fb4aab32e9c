/**
 * Reads the fields of records, format v2: numbers are zigzag varints, low seven bits first.
 *
 * Nothing is checked against the end here: a read past the bytes, or a number with more bytes than it may have, puts
 * the cursor FAR away, where no length fits any more and no record ends. So who reads checks each length before it is
 * used, and the cursor once a record; a damaged record costs as little as a good one.
 */

/** Beyond any position in bytes, and still a small integer. */
const FAR = 2 ** 30

export class RecordReader {
  bytes: Uint8Array = new Uint8Array(0)
  at = 0

  /** Up to 32 bits, in at most five bytes. */
  int(): number {
    const byte = this.bytes[this.at++]
    return byte < 0x80 ? (byte >>> 1) ^ -(byte & 1) : this.#longInt(byte)
  }

  /** Up to 64 bits, in at most ten bytes; beyond 2^53 the nearest float64. */
  long(): number {
    const byte = this.bytes[this.at++]
    return byte < 0x80 ? (byte >>> 1) ^ -(byte & 1) : this.#longLong(byte)
  }

  /** Goes over the headers of a record that ends at `end`. */
  skipHeaders(end: number): void {
    const count = this.int()
    if (count === 0) return
    // Each has at least the two bytes of its lengths.
    if (count < 0 || 2 * count > end - this.at) this.at = FAR
    for (let i = 0; i < count && this.at < end; i++) {
      const keyBytes = this.int()
      this.#skip(keyBytes < 0 ? FAR : keyBytes, end)
      this.#skip(this.int(), end)
    }
  }

  /** Goes over so many bytes; a negative length is null, which has none. */
  #skip(length: number, end: number): void {
    if (length > end - this.at) this.at = FAR
    else if (length > 0) this.at += length
  }

  #longInt(first: number): number {
    const { bytes } = this
    let raw = first & 0x7f
    for (let shift = 7; shift <= 28; shift += 7) {
      const byte = bytes[this.at++]
      raw |= (byte & 0x7f) << shift
      if (byte < (shift === 28 ? 0x10 : 0x80)) return (raw >>> 1) ^ -(raw & 1)
    }
    this.at = FAR
    return 0
  }

  #longLong(first: number): number {
    const { bytes } = this
    let low = first & 0x7f
    for (let shift = 7; shift <= 21; shift += 7) {
      const byte = bytes[this.at++]
      low |= (byte & 0x7f) << shift
      if (byte < 0x80) return (low >>> 1) ^ -(low & 1)
    }
    let high = 0
    for (let i = 4, unit = 2 ** 27; i < 10; i++, unit *= 128) {
      const byte = bytes[this.at++]
      high += (byte & 0x7f) * unit
      // The tenth byte has the last one of 64 bits.
      if (byte < (i === 9 ? 2 : 0x80)) return (low & 1) === 0 ? (low >>> 1) + high : -((low >>> 1) + high) - 1
    }
    this.at = FAR
    return 0
  }
}
