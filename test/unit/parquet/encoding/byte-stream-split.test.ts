import { describe, expect, it } from 'vitest'
import {
  splitF32,
  splitF64,
  splitFixed,
  splitI32,
  splitI64,
} from '../../../../src/parquet/encoding/byte-stream-split.ts'

/** Two values of 0x01…0x08 and 0x11…0x18, behind a byte that shifts them. */
const LONG = Uint8Array.of(9, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23, 8, 24)

describe('byte stream split', () => {
  it("reads the format's own example: three floats as bytes", () => {
    const split = Uint8Array.from(Buffer.from('aa00a3bb11b4cc22c5dd33d6', 'hex'))
    const fixed = new Uint8Array(12)
    expect(splitFixed(split, 0, 12, 3, 4, fixed, 0)).toBe(12)
    expect(Buffer.from(fixed).toString('hex')).toBe('aabbccdd00112233a3b4c5d6')
    const words = new Int32Array(5)
    expect(splitI32(split, 0, 12, 3, words, 1)).toBe(12)
    expect(Array.from(words)).toEqual([0, 0xddccbbaa | 0, 0x33221100, 0xd6c5b4a3 | 0, 0])
  })

  it('reads int64 and doubles', () => {
    const halves = new Int32Array(8)
    expect(splitI64(LONG, 1, 17, 2, halves, 1)).toBe(17)
    expect(Array.from(halves)).toEqual([0, 0, 0x04030201, 0x08070605, 0x14131211, 0x18171615, 0, 0])
    const doubles = new Float64Array(4)
    expect(splitF64(LONG, 1, 17, 2, doubles, 1)).toBe(17)
    expect(Array.from(new Int32Array(doubles.buffer))).toEqual(Array.from(halves))
  })

  it('reads floats', () => {
    const floats = Float32Array.of(1.5, -0, NaN)
    const plain = new Uint8Array(floats.buffer)
    const split = Uint8Array.from({ length: 12 }, (_, i) => plain[4 * (i % 3) + Math.floor(i / 3)])
    const out = new Float64Array(5)
    expect(splitF32(split, 0, 12, 3, out, 1)).toBe(12)
    expect(Array.from(out)).toEqual([0, 1.5, -0, NaN, 0])
  })

  it('needs exactly the bytes of its values', () => {
    for (const end of [16, 18]) {
      const bytes = new Uint8Array(20)
      expect(() => splitI32(bytes, 0, end, 2, new Int32Array(2), 0)).toThrow('2 values of 4 split bytes')
      expect(() => splitI64(bytes, 1, end, 2, new Int32Array(4), 0)).toThrow('take 16 bytes, not')
      expect(() => splitF64(bytes, 1, end, 2, new Float64Array(2), 0)).toThrow('take 16 bytes, not')
      expect(() => splitF32(bytes, 0, end, 2, new Float64Array(2), 0)).toThrow('take 8 bytes, not')
      expect(() => splitFixed(bytes, 0, end, 3, 5, new Uint8Array(15), 0)).toThrow('take 15 bytes, not')
    }
  })
})
