/** Heads of record batches for tests that look no further; the records behind them are zeros. */
export interface HeadOf {
  readonly base: number
  readonly lastDelta: number
  readonly epoch?: number
  readonly magic?: number
  readonly recordBytes?: number
}

export function batchBytes({ base, lastDelta, epoch = 0, magic = 2, recordBytes = 10 }: HeadOf): Buffer {
  const bytes = Buffer.alloc(61 + recordBytes)
  bytes.writeBigInt64BE(BigInt(base), 0)
  bytes.writeInt32BE(bytes.length - 12, 8)
  bytes.writeInt32BE(epoch, 12)
  bytes.writeInt8(magic, 16)
  bytes.writeInt32BE(lastDelta, 23)
  return bytes
}
