import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FrameReader } from '../../../../src/live/kafka/frame-reader.ts'

function framed(body: Uint8Array): Buffer {
  const bytes = Buffer.alloc(4 + body.length)
  bytes.writeInt32BE(body.length, 0)
  bytes.set(body, 4)
  return bytes
}

describe('frames', () => {
  it('come out whole, wherever chunks end', () => {
    const bodies = fc.array(fc.uint8Array({ minLength: 4, maxLength: 40 }), { maxLength: 8 })
    fc.assert(
      fc.property(bodies, fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }), (frames, cuts) => {
        const all = Buffer.concat(frames.map(framed))
        const reader = new FrameReader(40, 'limit')
        const found: Buffer[] = []
        for (let at = 0, i = 0; at < all.length; i++) {
          const end = Math.min(all.length, at + cuts[i % cuts.length]!)
          // The chunk is used again for the next bytes, as a socket's buffer is.
          const chunk = Buffer.from(all.subarray(at, end))
          reader.push(chunk, frame => found.push(Buffer.from(frame)))
          chunk.fill(0xee)
          at = end
        }
        expect(found.map(each => [...each])).toEqual(frames.map(each => [...each]))
      }),
    )
  })

  it.each([-1, -2_147_483_648, 0, 3])('a size of %i is refused', size => {
    const bytes = Buffer.alloc(4)
    bytes.writeInt32BE(size, 0)
    expect(() => new FrameReader(100, 'limit').push(bytes, () => undefined)).toThrowError(
      expect.objectContaining({ code: 'reply-invalid' }),
    )
  })

  it('a size beyond the bound is refused by its name, before anything is allocated', () => {
    const before = process.memoryUsage().arrayBuffers
    expect(() =>
      new FrameReader(100, 'someLimit').push(Buffer.from([0x7f, 0xff, 0xff, 0xff]), () => undefined),
    ).toThrowError(
      expect.objectContaining({ code: 'limit-passed', message: expect.stringContaining('someLimit is 100') }),
    )
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1_000_000)
  })
})
