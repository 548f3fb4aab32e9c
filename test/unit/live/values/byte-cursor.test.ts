import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { i64ToBigInt } from '../../../../src/core/batch/index.ts'
import { ByteCursor } from '../../../../src/live/values/byte-cursor.ts'

function varintOf(value: bigint): number[] {
  const bytes: number[] = []
  for (let rest = BigInt.asUintN(64, value); ; rest >>= 7n) {
    bytes.push(Number(rest & 0x7fn) | (rest > 0x7fn ? 0x80 : 0))
    if (rest <= 0x7fn) return bytes
  }
}

function opened(bytes: readonly number[]): ByteCursor {
  const cursor = new ByteCursor()
  cursor.open(Uint8Array.from([9, ...bytes]), 1, 1 + bytes.length)
  return cursor
}

describe('ByteCursor', () => {
  it('reads varints and zigzag numbers of 64 bits, and nothing of a part of one', () => {
    const bits = fc.integer({ min: 0, max: 63 })
    const number = bits.chain(n => fc.bigInt({ min: -(2n ** BigInt(n)), max: 2n ** BigInt(n) - 1n }))
    fc.assert(
      fc.property(number, value => {
        const cursor = opened(varintOf(value))
        expect(cursor.varint()).toBe(true)
        expect(i64ToBigInt(cursor.low, cursor.high)).toBe(value)
        const zigzag = opened([...varintOf((value << 1n) ^ (value >> 63n)), 1])
        expect(zigzag.zigzag()).toBe(true)
        expect(i64ToBigInt(zigzag.low, zigzag.high)).toBe(value)
        expect(zigzag.end - zigzag.pos).toBe(1)
        const part = opened(varintOf(value).slice(0, -1))
        expect(part.varint()).toBe(false)
        expect(part.fault).toMatch(/^ends too early at byte 0$/)
      }),
    )
  })

  it('refuses varints of more than 64 bits and lengths that are not there', () => {
    for (const tail of [[2], [0x80, 1], [0xff, 0xff, 0xff]]) {
      const cursor = opened([...Array<number>(9).fill(0xff), ...tail])
      expect(cursor.varint()).toBe(false)
      expect(cursor.fault).toMatch(/^a varint has more than 64 bits/)
    }
    for (const length of [3n, 2n ** 31n, 2n ** 32n, 2n ** 63n]) {
      const cursor = opened([...varintOf(length), 1, 2])
      expect(cursor.varintLength()).toBe(-1)
      expect(cursor.fault).toMatch(/^a length passes the end at byte/)
    }
    expect(opened(varintOf(1n)).zigzagLength()).toBe(-1)
    expect(opened([...varintOf(2n), 1, 2]).varintLength()).toBe(2)
  })

  it('reads fixed numbers and floats, little-endian, and none that is cut', () => {
    const cursor = opened([0, 0, 0x80, 0x3f, 1, 0, 0, 0, 255, 255, 255, 255, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f])
    expect(cursor.float32() && cursor.real).toBe(1)
    expect(cursor.fixed64() && [cursor.low, cursor.high]).toEqual([1, -1])
    expect(cursor.float64() && cursor.real).toBe(1)
    for (const read of ['float32', 'float64', 'fixed32', 'fixed64'] as const)
      expect(opened([1, 2, 3])[read]()).toBe(false)
    expect(opened([1, 2]).skip(3)).toBe(false)
  })
})
