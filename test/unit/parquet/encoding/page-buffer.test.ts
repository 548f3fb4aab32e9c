import { describe, expect, it } from 'vitest'
import { LIMITS } from '../../../../src/limits.ts'
import { PageBuffer } from '../../../../src/parquet/encoding/page-buffer.ts'

const hex = (buffer: PageBuffer): string => Buffer.from(buffer.written()).toString('hex')

describe('PageBuffer', () => {
  it('grows, and is used again', () => {
    const buffer = new PageBuffer(2)
    buffer.byte(1)
    buffer.append(Uint8Array.of(2, 3, 4, 5, 6))
    expect(hex(buffer)).toBe('010203040506')
    const memory = buffer.bytes
    buffer.clear()
    buffer.append(Uint8Array.of(9, 8))
    expect(hex(buffer)).toBe('0908')
    expect(buffer.bytes).toBe(memory)
    expect(buffer.view.buffer).toBe(memory.buffer)
  })

  it('writes numbers, and lengths that are known later', () => {
    const buffer = new PageBuffer(1)
    buffer.u32(0)
    buffer.varint(0)
    buffer.varint(300)
    buffer.varint(2 ** 32 - 1)
    buffer.u32(buffer.position - 4, 0)
    expect(hex(buffer)).toBe('08000000 00 ac02 ffffffff0f'.replaceAll(' ', ''))
  })

  it.each([
    [0n, '00'],
    [-1n, '01'],
    [1n, '02'],
    [63n, '7e'],
    [-64n, '7f'],
    [64n, '8001'],
    [-(2n ** 31n), 'ffffffff0f'],
    [2n ** 63n - 1n, `fe${'ff'.repeat(8)}01`],
    [-(2n ** 63n), `${'ff'.repeat(9)}01`],
  ])('writes %s as zigzag', (value, expected) => {
    const buffer = new PageBuffer(1)
    buffer.zigzag64(Number(BigInt.asIntN(32, value)), Number(value >> 32n))
    expect(hex(buffer)).toBe(expected)
  })

  it('refuses to grow beyond a page', () => {
    const buffer = new PageBuffer(1)
    expect(() => buffer.reserve(LIMITS.parquetPageBytesMax + 1)).toThrow(
      'a page of 536870913 bytes is more than',
    )
    expect(buffer.bytes.length).toBe(1)
  })
})
