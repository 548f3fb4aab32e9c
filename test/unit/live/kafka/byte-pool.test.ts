import { describe, expect, it } from 'vitest'
import { BytePool } from '../../../../src/live/kafka/byte-pool.ts'

const MIB = 1024 * 1024

describe('memory that is used again', () => {
  it('is never the same for two takers, and the same after it was given back', () => {
    const pool = new BytePool(10 * MIB)
    const [one, two] = [pool.copyOf(Buffer.from('one')), pool.copyOf(Buffer.from('two'))]
    expect(one.buffer).not.toBe(two.buffer)
    expect(Buffer.from(one).toString()).toBe('one')
    pool.release(one)
    const three = pool.copyOf(Buffer.from('three'))
    expect(three.buffer).toBe(one.buffer)
    expect(three.length).toBe(5)
    expect(Buffer.from(two).toString()).toBe('two')
  })

  it('is the smallest that is large enough, and never much too large', () => {
    const pool = new BytePool(10 * MIB)
    const [large, small] = [pool.copyOf(new Uint8Array(2 * MIB)), pool.copyOf(new Uint8Array(MIB))]
    pool.release(large)
    pool.release(small)
    expect(pool.copyOf(new Uint8Array(MIB - 100)).buffer).toBe(small.buffer)
    expect(pool.copyOf(new Uint8Array(10)).buffer).not.toBe(large.buffer)
    expect(pool.copyOf(new Uint8Array(MIB)).buffer).toBe(large.buffer)
  })

  it('is kept up to a bound', () => {
    const pool = new BytePool(3 * MIB)
    const taken = Array.from({ length: 5 }, () => pool.copyOf(new Uint8Array(MIB)))
    for (const each of taken) pool.release(each)
    const again = new Set(Array.from({ length: 5 }, () => pool.copyOf(new Uint8Array(MIB)).buffer))
    expect(taken.filter(each => again.has(each.buffer))).toHaveLength(3)
  })
})
