import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { LIMITS } from '../../../../src/limits.ts'
import { loadKafkajs } from '../../../../src/live/kafkajs/load-kafkajs.ts'

describe('kafkajs', () => {
  it('that is not installed is said so, with what to type', async () => {
    const missing = Object.assign(new Error('Cannot find package'), { code: 'ERR_MODULE_NOT_FOUND' })
    await expect(loadKafkajs(() => Promise.reject(missing))).rejects.toMatchObject({
      code: 'unsupported',
      advice: 'Type: npm install kafkajs@2',
    })
    await expect(loadKafkajs(() => Promise.reject(new Error('broken')))).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringContaining('cannot be loaded: broken'),
    })
  })

  it('decompresses with a bound, and once only, however often it is loaded', async () => {
    const { CompressionCodecs, CompressionTypes } = await loadKafkajs()
    const known = CompressionCodecs[CompressionTypes.GZIP]
    await loadKafkajs()
    expect(CompressionCodecs[CompressionTypes.GZIP]).toBe(known)
    const codec = known() as { decompress(bytes: Buffer): Promise<Buffer> }
    expect(String(await codec.decompress(gzipSync('records')))).toBe('records')
    await expect(
      codec.decompress(gzipSync(Buffer.alloc(LIMITS.kafkaRecordsBytesMax + 1))),
    ).rejects.toMatchObject({
      code: 'limit-passed',
      message: expect.stringContaining('kafkaRecordsBytesMax'),
    })
  })

  it('compresses as it did before', async () => {
    const { CompressionCodecs, CompressionTypes } = await loadKafkajs()
    type Compress = { compress(encoder: { buffer: Buffer }): Promise<Buffer> }
    const gzip = CompressionCodecs[CompressionTypes.GZIP]() as Compress
    expect((await gzip.compress({ buffer: Buffer.from('x') })).subarray(0, 2)).toEqual(
      Buffer.from([0x1f, 0x8b]),
    )
    const zstd = CompressionCodecs[CompressionTypes.ZSTD]() as Compress
    expect(() => zstd.compress({ buffer: Buffer.from('x') })).toThrow('not implemented')
  })
})
