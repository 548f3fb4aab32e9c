import { describe, expect, it } from 'vitest'
import { decodeBitPackedU8, decodeRleI32, decodeRleU8, rleAll } from '../../../../src/parquet/encoding/rle.ts'

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'))

function decode(text: string, bitWidth: number, count: number): { values: number[]; position: number } {
  const bytes = hex(text)
  const out = new Int32Array(count + 2).fill(-7)
  const position = decodeRleI32(bytes, 0, bytes.length, bitWidth, count, out, 1)
  expect([out[0], out[count + 1]]).toEqual([-7, -7])
  return { values: Array.from(out.subarray(1, count + 1)), position }
}

describe('decodeRleI32', () => {
  it("reads the format's own example: 0…7 of 3 bits", () => {
    expect(decode('03 88 c6 fa', 3, 8)).toEqual({ values: [0, 1, 2, 3, 4, 5, 6, 7], position: 4 })
  })

  it('reads runs of one value, and cuts the last at what is wanted', () => {
    expect(decode('06 05 04 01', 3, 5)).toEqual({ values: [5, 5, 5, 1, 1], position: 4 })
    expect(decode('feffffff07 05', 3, 4)).toEqual({ values: [5, 5, 5, 5], position: 6 })
    expect(decode('02 ffff0f 02 ffffffff', 20, 1).values).toEqual([2 ** 20 - 1])
    expect(decode('04 ffffffff', 32, 2).values).toEqual([-1, -1])
  })

  it('has zeros of width 0, whatever is written', () => {
    expect(decode('', 0, 3)).toEqual({ values: [0, 0, 0], position: 0 })
    expect(decode('06', 0, 3)).toEqual({ values: [0, 0, 0], position: 1 })
  })

  it('lets padding of the last bit-packed run be missing, but no wanted value', () => {
    expect(decode('03 88 c6', 3, 5).values).toEqual([0, 1, 2, 3, 4])
    expect(() => decode('03 88 c6', 3, 6)).toThrow('a bit-packed run of 6 values needs 3 bytes, 2 are left')
    expect(decode('ffffffff0f 88 c6 fa', 3, 8)).toEqual({ values: [0, 1, 2, 3, 4, 5, 6, 7], position: 8 })
  })

  it.each([
    ['', 1, 1, 'the header of a run is cut off'],
    ['80', 1, 1, 'the header of a run is cut off'],
    ['ffffffff1f', 1, 1, 'the header of a run has more than 32 bits'],
    ['8080808080', 1, 1, 'the header of a run has more than 32 bits'],
    ['02', 1, 1, 'the value of a run is cut off'],
    ['02 01', 9, 1, 'the value of a run is cut off'],
    ['02 02', 1, 1, 'the value 2 of a run has more than 1 bits'],
    ['02 00 80', 15, 1, 'the value 32768 of a run has more than 15 bits'],
    ['02 01', 1, 2, 'the header of a run is cut off'],
    ['02 01', 33, 1, 'values of 33 bits'],
    ['02 01', 255, 1, 'values of 255 bits'],
  ])('refuses %s of %i bits for %i values', (text, bitWidth, count, message) => {
    expect(() => decode(text, bitWidth, count)).toThrow(message)
  })

  it('does not hang on empty runs', () => {
    expect(decode('00 00 01 01 02 01', 1, 1).values).toEqual([1])
    expect(() => decode('00 00 01', 1, 1)).toThrow('the header of a run is cut off')
  })
})

describe('decodeRleU8', () => {
  function levels(text: string, bitWidth: number, count: number): number[] {
    const bytes = hex(text)
    const out = new Uint8Array(count + 2).fill(9)
    expect(decodeRleU8(bytes, 0, bytes.length, bitWidth, count, out, 1)).toBe(bytes.length)
    expect([out[0], out[count + 1]]).toEqual([9, 9])
    return Array.from(out.subarray(1, count + 1))
  }

  it('reads levels', () => {
    expect(levels('03 e5', 1, 7)).toEqual([1, 0, 1, 0, 0, 1, 1])
    expect(levels('03 8f 06 00', 1, 11)).toEqual([1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 0])
    expect(levels('03 88 c6 fa', 3, 8)).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
    expect(levels('8001 01', 1, 64)).toEqual(new Array(64).fill(1))
    expect(levels('', 0, 2)).toEqual([0, 0])
  })

  it('refuses levels that a byte cannot hold', () => {
    expect(() => levels('02 01', 9, 1)).toThrow('values of 9 bits, more than 8')
    expect(() => levels('02 03', 1, 1)).toThrow('has more than 1 bits')
  })
})

describe('rleAll', () => {
  const all = (text: string, bitWidth: number, count: number, value: number): boolean =>
    rleAll(hex(text), 0, hex(text).length, bitWidth, count, value)

  it('knows runs and bits of one value', () => {
    expect(all('14 01', 1, 10, 1)).toBe(true)
    expect(all('14 00', 1, 10, 1)).toBe(false)
    expect(all('08 01 0c 01', 1, 10, 1)).toBe(true)
    expect(all('08 01 0c 00', 1, 10, 1)).toBe(false)
    expect(all('05 ff03', 1, 10, 1)).toBe(true)
    expect(all('05 ff01', 1, 10, 1)).toBe(false)
    expect(all('05 fe03', 1, 10, 1)).toBe(false)
    expect(all('05 00fc', 1, 10, 0)).toBe(true)
    expect(all('14 02', 2, 10, 2)).toBe(true)
  })

  it('does not know bit-packed values of more bits', () => {
    expect(all('03 ffff', 2, 8, 3)).toBe(false)
    expect(all('03 ff', 1, 8, 3)).toBe(false)
  })

  it('has only zeros of width 0', () => {
    expect([all('', 0, 5, 0), all('', 0, 5, 1)]).toEqual([true, false])
  })

  it('throws where values are missing', () => {
    expect(() => all('12 01', 1, 10, 1)).toThrow('cut off')
    expect(() => all('05 ff', 1, 10, 1)).toThrow('needs 2 bytes, 1 are left')
  })
})

describe('decodeBitPackedU8', () => {
  it("reads the format's own example: 0…7 of 3 bits, most significant first", () => {
    const out = new Uint8Array(10).fill(9)
    expect(decodeBitPackedU8(hex('05 39 77'), 0, 3, 3, 8, out, 1)).toBe(3)
    expect(Array.from(out)).toEqual([9, 0, 1, 2, 3, 4, 5, 6, 7, 9])
  })

  it('reads single bits, and needs all bytes', () => {
    const out = new Uint8Array(9)
    expect(decodeBitPackedU8(hex('a5 80 ff'), 0, 3, 1, 9, out, 0)).toBe(2)
    expect(Array.from(out)).toEqual([1, 0, 1, 0, 0, 1, 0, 1, 1])
    expect(() => decodeBitPackedU8(hex('a5'), 0, 1, 1, 9, out, 0)).toThrow('need 2 bytes, 1 are left')
    expect(() => decodeBitPackedU8(hex('a5'), 0, 1, 9, 1, out, 0)).toThrow('values of 9 bits')
    expect(decodeBitPackedU8(hex(''), 0, 0, 0, 9, out, 0)).toBe(0)
    expect(Array.from(out)).toEqual(new Array(9).fill(0))
  })
})
