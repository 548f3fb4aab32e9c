import { describe, expect, it } from 'vitest'
import { HindcastError } from '../../../../../src/errors.ts'
import { decompressRecords } from '../../../../../src/live/kafka/wire/decompress-records.ts'
import { lz4SizeMax } from '../../../../../src/live/kafka/wire/lz4-frame.ts'
import { snappyChunks } from '../../../../../src/live/kafka/wire/snappy-chunks.ts'
import {
  compressed,
  int,
  lz4Frame,
  PLAIN_CODECS,
  snappyFramed,
} from '../../../../property/kafka-batch-bytes.ts'

const NUMBERS: Record<string, number> = { none: 0, gzip: 1, snappy: 2, lz4: 3, zstd: 4 }
const numberOf = (form: string): number => NUMBERS[form.replace(/-.*/, '')]
/** Little-endian. */
const little = (value: number, bytes: number) => int(value, bytes).reverse()

function codeOf(codec: number, input: Uint8Array): string | null {
  try {
    decompressRecords(codec, input)
    return null
  } catch (thrown) {
    return thrown instanceof HindcastError ? thrown.code : 'foreign'
  }
}

describe('decompressRecords', () => {
  it('gives back what was compressed, in every form, of every size', () => {
    const sizes = [0, 1, 100, 65_535, 65_536, 65_537, 300_000]
    for (const size of sizes) {
      const plain = Uint8Array.from({ length: size }, (_, i) => (i * i) >>> 7)
      for (const form of PLAIN_CODECS) {
        const out = decompressRecords(numberOf(form), compressed(form, plain))
        expect([form, size, Buffer.compare(out, plain)]).toEqual([form, size, 0])
        expect(Buffer.isBuffer(out)).toBe(false)
      }
    }
  })

  it('refuses what is cut, and what follows', () => {
    const plain = Uint8Array.from({ length: 3000 }, (_, i) => (i * i) >>> 5)
    for (const form of PLAIN_CODECS.filter(name => name !== 'none')) {
      const whole = compressed(form, plain)
      for (let end = 0; end < whole.length; end += 1 + (whole.length >>> 7)) {
        let out: Uint8Array | null = null
        try {
          out = decompressRecords(numberOf(form), whole.subarray(0, end))
        } catch (thrown) {
          expect(thrown).toMatchObject({ code: 'reply-invalid' })
        }
        // Joined streams are whole between two of them; what is then missing, the count of records tells.
        if (out !== null) expect([form, out.length < plain.length]).toEqual([form, true])
      }
    }
    for (const [form, codec] of [
      ['snappy-framed', 2],
      ['lz4', 3],
      ['zstd', 4],
    ] as const)
      expect([form, codeOf(codec, Buffer.concat([compressed(form, plain), Buffer.of(1, 2, 3)]))]).toEqual([
        form,
        'reply-invalid',
      ])
  })
})

describe('lz4SizeMax', () => {
  const frame = (flags: number, size: number, ...rest: number[]) =>
    Uint8Array.from([0x04, 0x22, 0x4d, 0x18, flags, size, 0, ...rest])

  it('adds up what blocks can hold at most', () => {
    expect(lz4SizeMax(new Uint8Array(0))).toBe(0)
    expect(lz4SizeMax(frame(0x60, 0x40, ...little(0, 4)))).toBe(0)
    expect(lz4SizeMax(frame(0x60, 0x40, ...little(3, 4), 1, 2, 3, ...little(0, 4)))).toBe(3 * 255)
    const stored = [...little(2 ** 31 + 2, 4), 1, 2]
    expect(lz4SizeMax(frame(0x60, 0x40, ...stored, ...little(0, 4)))).toBe(2)
    const large = [...little(1000, 4), ...new Uint8Array(1000)]
    expect(lz4SizeMax(frame(0x60, 0x40, ...large, ...little(0, 4)))).toBe(65_536)
    expect(lz4SizeMax(frame(0x60, 0x70, ...large, ...little(0, 4)))).toBe(255_000)
  })

  it('refuses frames that are not whole or not of this kind', () => {
    for (const bad of [
      Uint8Array.of(1),
      frame(0x60, 0x40),
      frame(0x20, 0x40, ...little(0, 4)),
      frame(0x61, 0x40, ...little(0, 4)),
      frame(0x60, 0x30, ...little(0, 4)),
      frame(0x60, 0x40, ...little(65_537, 4), ...new Uint8Array(65_537), ...little(0, 4)),
      frame(0x60, 0x40, ...little(9, 4), 1),
      frame(0x64, 0x40, ...little(0, 4)),
      frame(0x60, 0x40, ...little(0, 4), 9),
      frame(0x68, 0x40, ...little(0, 4)),
    ])
      expect(() => lz4SizeMax(bad)).toThrow(expect.objectContaining({ code: 'reply-invalid' }))
  })

  it('is held even where a block holds more than it may', () => {
    // 70,000 bytes in one block of a frame whose blocks have at most 64 KiB.
    const block = lz4Frame([new Uint8Array(65_536)])
    const long = [0x1f, 0, 1, 0, ...Array(275).fill(255), 0, 0x50, 0, 0, 0, 0, 0]
    const bytes = Uint8Array.from([
      ...block.subarray(0, 7),
      ...little(long.length, 4),
      ...long,
      ...little(0, 4),
    ])
    expect(lz4SizeMax(bytes)).toBe(65_536)
    expect(codeOf(3, bytes)).toBe('reply-invalid')
  })
})

describe('snappyChunks', () => {
  it('takes one raw block, or blocks behind any number of headers', () => {
    expect(snappyChunks(Uint8Array.of(1, 0, 7))).toEqual([{ start: 0, end: 3, size: 1 }])
    const framed = snappyFramed([Uint8Array.of(7)])
    expect(snappyChunks(framed)).toEqual([{ start: 20, end: 23, size: 1 }])
    const joined = Uint8Array.from([...framed, ...framed])
    expect(snappyChunks(joined).map(({ start }) => start)).toEqual([20, 43])
    expect(decompressRecords(2, joined)).toEqual(Uint8Array.of(7, 7))
    expect(decompressRecords(2, snappyFramed([]))).toEqual(new Uint8Array(0))
  })

  it('refuses framing that does not hold, and sizes that cannot be', () => {
    const head = snappyFramed([])
    for (const bad of [
      new Uint8Array(0),
      Uint8Array.of(0x80, 0x80),
      Uint8Array.of(0x80, 0x80, 0x80, 0x80, 0x80, 1),
      Uint8Array.of(100, 0, 7),
      Uint8Array.from([...head, 0, 0]),
      Uint8Array.from([...head, ...int(-1, 4)]),
      Uint8Array.from([...head, ...int(0, 4)]),
      Uint8Array.from([...head, ...int(4, 4), 1, 0, 7]),
    ])
      expect(() => snappyChunks(bad)).toThrow(expect.objectContaining({ code: 'reply-invalid' }))
  })
})
