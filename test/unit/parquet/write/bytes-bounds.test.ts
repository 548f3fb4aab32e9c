import { describe, expect, it } from 'vitest'
import { wideDecimalAt, wideDecimalBytes } from '../../../../src/core/batch/index.ts'
import { BytesBounds } from '../../../../src/parquet/write/bytes-bounds.ts'

function boundsOf(form: 'text' | 'binary' | 'decimal', values: readonly Uint8Array[]): BytesBounds {
  const offsets = new Int32Array(values.length + 1)
  values.forEach((value, i) => {
    offsets[i + 1] = offsets[i]! + value.length
  })
  const bounds = new BytesBounds(form)
  bounds.add(new Uint8Array(Buffer.concat(values)), offsets, 0, values.length)
  return bounds
}

describe('BytesBounds', () => {
  it('orders decimals as numbers, and other bytes without a sign', () => {
    const numbers = [3n, -5n, 10n ** 30n, -(10n ** 30n), -4n].map(wideDecimalBytes)
    const decimal = boundsOf('decimal', numbers).encode()!
    expect(decimal).toMatchObject({ minIsExact: true, maxIsExact: true })
    expect(wideDecimalAt(decimal.min, 0, 16)).toBe(-(10n ** 30n))
    expect(wideDecimalAt(decimal.max, 0, 16)).toBe(10n ** 30n)
    const binary = boundsOf('binary', numbers).encode()!
    expect([wideDecimalAt(binary.min, 0, 16), wideDecimalAt(binary.max, 0, 16)]).toEqual([3n, -4n])
  })

  it('merges in the same order', () => {
    const all = boundsOf('decimal', [wideDecimalBytes(1n)])
    all.merge(boundsOf('decimal', [wideDecimalBytes(-1n), wideDecimalBytes(0n)]))
    all.merge(new BytesBounds('decimal'))
    const { min, max } = all.encode()!
    expect([wideDecimalAt(min, 0, 16), wideDecimalAt(max, 0, 16)]).toEqual([-1n, 1n])
  })

  it('tells the empty string, which is the smallest, from none', () => {
    expect(new BytesBounds('text').encode()).toBeNull()
    const { min, max } = boundsOf('text', [Uint8Array.of(0), new Uint8Array(0)]).encode()!
    expect([min, max]).toEqual([new Uint8Array(0), Uint8Array.of(0)])
  })
})
