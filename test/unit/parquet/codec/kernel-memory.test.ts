import { describe, expect, it } from 'vitest'
import { KernelMemory } from '../../../../src/parquet/codec/kernel-memory.ts'

const MIB = 1024 * 1024

describe('KernelMemory', () => {
  it('lays regions apart, around what is read in place and what is pinned', () => {
    const memory = new KernelMemory()
    const pinned = memory.enter([new Uint8Array(1000)])[0]!
    memory.pin(pinned, pinned + 1000)
    memory.enter([])
    const result = memory.bytes(memory.take(5000), 5000).fill(7)
    const positions = memory.enter([new Uint8Array(3000).fill(1), result, new Uint8Array(10).fill(2)])
    expect(positions[1]).toBe(result.byteOffset)
    const regions = [
      [pinned, 1000],
      [positions[0]!, 3000],
      [positions[1]!, 5000],
      [positions[2]!, 10],
      [memory.take(20_000), 20_000],
      [memory.take(0), 0],
    ].sort((a, b) => a[0]! - b[0]!)
    for (let i = 1; i < regions.length; i++) {
      const [start, length] = regions[i - 1]!
      expect(regions[i]![0]! - (start! + length!)).toBeGreaterThanOrEqual(64)
    }
    expect(memory.bytes(positions[1]!, 5000).every(byte => byte === 7)).toBe(true)
    expect(memory.bytes(positions[0]!, 3000).every(byte => byte === 1)).toBe(true)
  })

  it('uses the same place again when a call is over', () => {
    const memory = new KernelMemory()
    memory.enter([])
    const first = memory.take(100)
    memory.enter([])
    expect(memory.take(100_000)).toBe(first)
    memory.pin(first, first + 100)
    memory.enter([])
    expect(memory.take(100)).not.toBe(first)
    memory.unpin()
    memory.enter([])
    expect(memory.take(100)).toBe(first)
  })

  it('grows under an input that it reads in place, and knows it when it comes again', () => {
    const memory = new KernelMemory()
    memory.enter([])
    const start = memory.take(100)
    const input = memory.bytes(start, 100).fill(9)
    expect(memory.enter([input, new Uint8Array(20 * MIB)])[0]).toBe(start)
    expect(memory.bytes(start, 100).every(byte => byte === 9)).toBe(true)
    expect(() => memory.enter([input])).toThrow(expect.objectContaining({ code: 'bug' }))
  })

  it('ends at 4 GiB with a typed error', () => {
    const memory = new KernelMemory()
    memory.enter([])
    expect(() => memory.take(2 ** 32)).toThrow(expect.objectContaining({ code: 'limit-passed' }))
    expect(memory.bytes(memory.take(10), 10).length).toBe(10)
  })
})
