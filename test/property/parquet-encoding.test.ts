/**
 * Encodings of the Parquet core: what is encoded decodes to the same bits, nulls left out, wherever it lies; and
 * decoders say what their BigInt twins say.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { HindcastError } from '../../src/errors.ts'
import {
  splitF32,
  splitF64,
  splitFixed,
  splitI32,
  splitI64,
} from '../../src/parquet/encoding/byte-stream-split.ts'
import {
  encodeSplitF32,
  encodeSplitF64,
  encodeSplitI32,
  encodeSplitI64,
} from '../../src/parquet/encoding/byte-stream-split-encode.ts'
import { deltaI32, deltaI64 } from '../../src/parquet/encoding/delta.ts'
import {
  encodeDeltaI32,
  encodeDeltaI64,
  encodeDeltaLengthStrings,
} from '../../src/parquet/encoding/delta-encode.ts'
import { deltaLengthStrings } from '../../src/parquet/encoding/delta-strings.ts'
import {
  countValid,
  expandF64,
  expandI32,
  expandI64,
  expandOffsets,
} from '../../src/parquet/encoding/expand.ts'
import { PageBuffer } from '../../src/parquet/encoding/page-buffer.ts'
import { plainBool, plainF32, plainF64, plainI32, plainI64 } from '../../src/parquet/encoding/plain.ts'
import {
  encodePlainBool,
  encodePlainF32,
  encodePlainF64,
  encodePlainI32,
  encodePlainI64,
} from '../../src/parquet/encoding/plain-encode.ts'
import { decodeRleI32, decodeRleU8, rleAll } from '../../src/parquet/encoding/rle.ts'
import { encodeLevels, encodeRleI32, encodeRleU8 } from '../../src/parquet/encoding/rle-encode.ts'
import { cases } from './cases.ts'
import { SHAPES, seeded, shapedValues, twinDelta, twinRle } from './parquet-encoding-twin.ts'

const column = fc
  .record({
    shape: fc.constantFrom(...SHAPES),
    rows: fc.oneof(fc.nat(40), fc.nat(700)),
    /** Rows of the column that are before and behind those that are written. */
    margin: fc.nat(3),
    /** Bytes of the page that are before and behind the values. */
    shift: fc.nat(9),
    nullShare: fc.constantFrom(null, 0, 0.1, 0.9, 1),
    seed: fc.integer(),
  })
  .map(chosen => {
    const { shape, rows, margin, nullShare, seed } = chosen
    const all = shapedValues(shape, rows + 2 * margin, seed)
    const below = seeded(seed + 1)
    const valid =
      nullShare === null ? null : Uint8Array.from(all, () => (below(1000) < 1000 * nullShare ? 0 : 1))
    const kept = all.slice(margin, margin + rows).filter((_, i) => valid === null || valid[margin + i] === 1)
    return { ...chosen, all, kept, valid, from: margin, to: margin + rows }
  })
type Column = typeof column extends fc.Arbitrary<infer Value> ? Value : never

const halvesOf = (values: readonly bigint[]): Int32Array =>
  new Int32Array(BigInt64Array.from(values, value => BigInt.asIntN(64, value)).buffer)
const wordsOf = (values: readonly bigint[]): Int32Array =>
  Int32Array.from(values, value => Number(BigInt.asIntN(32, value)))
const doublesOf = (values: readonly bigint[]): Float64Array => new Float64Array(halvesOf(values).buffer)
/** Doubles that are floats; a float's own NaN payloads do not outlive widening. */
const floatsOf = (values: readonly bigint[]): Float64Array =>
  Float64Array.from(new Float32Array(wordsOf(values).buffer))
const bitsOf = (array: Float64Array | Int32Array): Int32Array =>
  new Int32Array(array.buffer, array.byteOffset, array.byteLength / 4)

type Encode<Values> = (
  buffer: PageBuffer,
  values: Values,
  from: number,
  to: number,
  valid: Uint8Array | null,
) => void
type Decode<Values> = (
  bytes: Uint8Array,
  position: number,
  end: number,
  count: number,
  out: Values,
  at: number,
) => number

/** Encodes behind other bytes, decodes behind other values, and compares bits, guards included. */
function roundTrip<Values extends Int32Array | Float64Array>(
  chosen: Column,
  make: (values: readonly bigint[]) => Values,
  perValue: number,
  encode: Encode<Values>,
  decode: Decode<Values>,
): void {
  const { all, kept, shift, from, to, valid } = chosen
  const buffer = new PageBuffer(1)
  buffer.append(new Uint8Array(shift).fill(0xa5))
  encode(buffer, make(all), from, to, valid)
  const end = buffer.position
  buffer.append(new Uint8Array(shift).fill(0xa5))
  const out = make(new Array<bigint>(kept.length + 4).fill(0x5555_5555_5555_5555n))
  const expected = out.slice() as Values
  expected.set(make(kept), perValue)
  expect(decode(buffer.written(), shift, end, kept.length, out, 1)).toBe(end)
  expect(Buffer.from(bitsOf(out).buffer).equals(Buffer.from(bitsOf(expected).buffer))).toBe(true)
}

const check = (property: (chosen: Column) => void, count = 1500): void =>
  fc.assert(fc.property(column, property), cases(count))

describe('what is encoded decodes to the same bits', () => {
  it('PLAIN', () => {
    check(chosen => {
      roundTrip(chosen, wordsOf, 1, encodePlainI32, plainI32)
      roundTrip(chosen, halvesOf, 2, encodePlainI64, plainI64)
      roundTrip(chosen, doublesOf, 1, encodePlainF64, plainF64)
      roundTrip(chosen, floatsOf, 1, encodePlainF32, plainF32)
      const boolsOf = (values: readonly bigint[]): Int32Array => wordsOf(values).map(value => value & 1)
      roundTrip(chosen, boolsOf, 1, encodePlainBool, plainBool)
    })
  })

  it('BYTE_STREAM_SPLIT', () => {
    check(chosen => {
      roundTrip(chosen, wordsOf, 1, encodeSplitI32, splitI32)
      roundTrip(chosen, halvesOf, 2, encodeSplitI64, splitI64)
      roundTrip(chosen, doublesOf, 1, encodeSplitF64, splitF64)
      roundTrip(chosen, floatsOf, 1, encodeSplitF32, splitF32)
      const buffer = new PageBuffer(1)
      encodeSplitF64(buffer, doublesOf(chosen.kept), 0, chosen.kept.length, null)
      const fixed = new Uint8Array(buffer.position)
      splitFixed(buffer.written(), 0, buffer.position, chosen.kept.length, 8, fixed, 0)
      expect(Buffer.from(fixed).equals(Buffer.from(halvesOf(chosen.kept).buffer))).toBe(true)
    })
  })

  it('DELTA_BINARY_PACKED', () => {
    check(chosen => {
      roundTrip(chosen, wordsOf, 1, encodeDeltaI32, deltaI32)
      roundTrip(chosen, halvesOf, 2, encodeDeltaI64, deltaI64)
    })
  })

  it('DELTA_LENGTH_BYTE_ARRAY', () => {
    check(({ all, from, to, valid, seed }) => {
      const below = seeded(seed)
      const texts = all.map((value, row) => {
        const isLong = below(50) === 0
        return valid !== null && valid[row] === 0 ? '' : `${value}`.repeat(isLong ? 20 : 1).slice(below(8))
      })
      const offsets = new Int32Array(all.length + 1)
      for (const [row, text] of texts.entries()) offsets[row + 1] = offsets[row] + text.length
      const buffer = new PageBuffer(1)
      encodeDeltaLengthStrings(buffer, offsets, Buffer.from(texts.join('')), from, to, valid)
      const kept = texts.slice(from, to).filter((_, i) => valid === null || valid[from + i] === 1)
      const page = buffer.written()
      const strings = deltaLengthStrings(page, 0, page.length, kept.length)
      const text = Buffer.from(strings.bytes).toString()
      const decoded = kept.map((_, i) => text.slice(strings.offsets[i], strings.offsets[i + 1]))
      expect(decoded).toEqual(kept)
      expect(strings.end).toBe(page.length)
    })
  })

  it('RLE, of every width', () => {
    fc.assert(
      fc.property(column, fc.integer({ min: 1, max: 32 }), (chosen, bitWidth) => {
        const clip = (values: readonly bigint[]): Int32Array =>
          wordsOf(values.map(value => BigInt.asUintN(bitWidth, value)))
        const encode: Encode<Int32Array> = (buffer, values, from, to, valid) =>
          encodeRleI32(buffer, values, from, to, valid, bitWidth)
        const decode: Decode<Int32Array> = (bytes, position, end, count, out, at) =>
          decodeRleI32(bytes, position, end, bitWidth, count, out, at)
        roundTrip(chosen, clip, 1, encode, decode)
        const levelWidth = 1 + (bitWidth % 8)
        const levels = Uint8Array.from(clip(chosen.kept), value => value & ((1 << levelWidth) - 1))
        const buffer = new PageBuffer(1)
        encodeRleU8(buffer, levels, 0, levels.length, levelWidth)
        const out = new Uint8Array(levels.length)
        const page = buffer.written()
        expect(decodeRleU8(page, 0, page.length, levelWidth, levels.length, out, 0)).toBe(page.length)
        expect(out).toEqual(levels)
        for (const value of [levels[0], 0]) {
          const isAll = rleAll(page, 0, page.length, levelWidth, levels.length, value)
          if (isAll) expect(levels.every(level => level === value)).toBe(true)
          else if (levelWidth === 1) expect(levels.every(level => level === value)).toBe(false)
        }
      }),
      cases(3000),
    )
  })

  it('levels and packed values give rows with zeros under nulls', () => {
    check(({ all, valid, from, to, kept }) => {
      const rows = to - from
      const buffer = new PageBuffer(1)
      encodeLevels(buffer, valid, from, to)
      const levels = new Uint8Array(rows)
      decodeRleU8(buffer.written(), 0, buffer.position, 1, rows, levels, 0)
      const written = valid === null ? new Uint8Array(rows).fill(1) : valid.subarray(from, to)
      expect(levels).toEqual(Uint8Array.from(written))
      const packed = countValid(levels, 0, rows)
      expect(packed).toBe(kept.length)
      const whole = all.slice(from, to).map((value, i) => (levels[i] === 1 ? value : 0n))
      const pad = kept.concat(new Array<bigint>(rows - packed).fill(7n))
      const words = wordsOf([9n, ...pad, 9n])
      expandI32(words, 1, levels, 0, rows, packed)
      expect(words).toEqual(wordsOf([9n, ...whole, 9n]))
      const halves = halvesOf([9n, ...pad, 9n])
      expandI64(halves, 1, levels, 0, rows, packed)
      expect(halves).toEqual(halvesOf([9n, ...whole, 9n]))
      const doubles = doublesOf([9n, ...pad, 9n])
      expandF64(doubles, 1, levels, 0, rows, packed)
      expect(bitsOf(doubles)).toEqual(halves)
      const offsets = Int32Array.from({ length: rows + 3 }, (_, i) => (i <= packed + 1 ? 10 * i : -1))
      expandOffsets(offsets, 1, levels, 0, rows, packed)
      const ends = Array.from(levels, (_, row) => 10 + 10 * countValid(levels, 0, row + 1))
      expect(Array.from(offsets)).toEqual([0, 10, ...ends, offsets.at(-1)])
    })
  })
})

describe('decoders say what their twins say', () => {
  /** Runs as other writers make them: of any length, also none, overhanging, with bits set that no value has. */
  const runs = fc.array(
    fc.record({ isPacked: fc.boolean(), length: fc.oneof(fc.nat(3), fc.nat(70)), seed: fc.integer() }),
    { maxLength: 8 },
  )

  it('RLE', () => {
    fc.assert(
      fc.property(
        runs,
        fc.integer({ min: 0, max: 32 }),
        fc.nat(9),
        fc.nat(12),
        (list, bitWidth, shift, cut) => {
          const buffer = new PageBuffer(1)
          buffer.append(new Uint8Array(shift))
          let values = 0
          for (const { isPacked, length, seed } of list) {
            const below = seeded(seed)
            buffer.varint((length << 1) | (isPacked ? 1 : 0))
            const size = isPacked ? length * bitWidth : Math.ceil(bitWidth / 8)
            for (let i = 0; i < size; i++) {
              const isLast = !isPacked && i === size - 1
              buffer.byte(below(isLast ? 2 ** (bitWidth - 8 * i) : 256))
            }
            values += isPacked ? 8 * length : length
          }
          const count = Math.max(0, values - cut)
          const end = Math.max(shift, buffer.position - (cut >> 2))
          const out = new Int32Array(count)
          const twin = twinRle(buffer.written().slice(shift, end), bitWidth, count)
          const decode = (): number => decodeRleI32(buffer.bytes, shift, end, bitWidth, count, out, 0)
          if (twin === null) expect(decode).toThrow(HindcastError)
          else {
            expect(decode()).toBe(shift + twin.position)
            expect(out).toEqual(wordsOf(twin.values))
          }
        },
      ),
      cases(3000),
    )
  })

  /** Pages as other writers make them: larger blocks, other numbers of miniblocks, any widths, missing padding. */
  const deltas = fc.record({
    blocks: fc.constantFrom([128, 1], [128, 4], [256, 8], [256, 2], [1280, 1], [4096, 32]),
    count: fc.oneof(fc.nat(5), fc.nat(600)),
    surplus: fc.constantFrom(0, 0, 1, 200),
    widthMax: fc.constantFrom(0, 3, 25, 31, 32, 33, 64),
    minBits: fc.constantFrom(1, 8, 31, 32, 63),
    cut: fc.constantFrom(0, 0, 1, 40),
    shift: fc.nat(9),
    seed: fc.integer(),
  })

  it('DELTA_BINARY_PACKED', () => {
    fc.assert(
      fc.property(deltas, ({ blocks: [blockSize, miniblocks], count, surplus, widthMax, ...chosen }) => {
        const below = seeded(chosen.seed)
        const buffer = new PageBuffer(1)
        buffer.append(new Uint8Array(chosen.shift))
        for (const value of [blockSize, miniblocks, count + surplus]) buffer.varint(value)
        const signed = (): number => (below(2) === 0 ? -1 : 0)
        buffer.zigzag64(below(2 ** 32) | 0, below(2) === 0 ? below(2 ** 32) | 0 : signed())
        for (let left = count + surplus - 1; left > 0; left -= blockSize) {
          const sign = signed()
          const low = below(2 ** Math.min(32, chosen.minBits))
          const high = chosen.minBits <= 32 ? 0 : below(2 ** (chosen.minBits - 32))
          buffer.zigzag64(low ^ sign, high ^ sign)
          const widths = Array.from({ length: miniblocks }, () => below(widthMax + 1))
          for (const width of widths) buffer.byte(width)
          const length = blockSize / miniblocks
          for (const [m, width] of widths.entries()) {
            if (m * length >= left) break
            for (let i = 0; i < (length / 8) * width; i++) buffer.byte(below(256))
          }
        }
        const end = Math.max(chosen.shift, buffer.position - chosen.cut)
        const page = buffer.written().slice(chosen.shift, end)
        const out32 = new Int32Array(count)
        const out64 = new Int32Array(2 * count)
        const twin32 = twinDelta(page, 32, count)
        const twin64 = twinDelta(page, 64, count)
        const decode32 = (): number => deltaI32(buffer.bytes, chosen.shift, end, count, out32, 0)
        const decode64 = (): number => deltaI64(buffer.bytes, chosen.shift, end, count, out64, 0)
        if (twin32 === null || twin64 === null) {
          expect(decode32).toThrow(HindcastError)
          expect(decode64).toThrow(HindcastError)
          return
        }
        expect([decode32(), decode64()]).toEqual([
          chosen.shift + twin32.position,
          chosen.shift + twin64.position,
        ])
        expect(out32).toEqual(wordsOf(twin32.values))
        expect(out64).toEqual(halvesOf(twin64.values))
      }),
      cases(1000),
    )
  })
})
