import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ByteStream } from '../../../../src/history/text/byte-stream.ts'
import { LineReader } from '../../../../src/history/text/line-reader.ts'
import { LIMITS } from '../../../../src/limits.ts'
import { cases } from '../../../property/cases.ts'

/** A source that gives at most so many bytes a read. */
function sourceOf(text: Uint8Array, bytesPerRead: number): ByteStream {
  let at = 0
  return {
    bytesRead: 0,
    close: async () => {},
    read: async target => {
      const part = text.subarray(at, at + Math.min(bytesPerRead, target.length))
      target.set(part)
      at += part.length
      return part.length
    },
  }
}

async function linesOf(reader: LineReader): Promise<string[]> {
  const lines: string[] = []
  do {
    while (reader.next()) lines.push(Buffer.from(reader.bytes.subarray(reader.start, reader.end)).toString())
  } while (await reader.more(false))
  return lines
}

describe('LineReader', () => {
  it('gives the lines of any text, however it arrives', async () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '\n', '\r', 'ü'), maxLength: 60 })
    await fc.assert(
      fc.asyncProperty(text, fc.integer({ min: 1, max: 70 }), async (value, bytesPerRead) => {
        const expected = value.split('\n')
        if (expected.at(-1) === '') expected.pop()
        const lines = await linesOf(new LineReader(sourceOf(Buffer.from(value), bytesPerRead), 8))
        return JSON.stringify(lines) === JSON.stringify(expected.map(line => line.replace(/\r$/, '')))
      }),
      cases(),
    )
  })

  it('leaves out a byte order mark', async () => {
    expect(await linesOf(new LineReader(sourceOf(Buffer.from('\uFEFFa\n\uFEFFb'), 9)))).toEqual([
      'a',
      '\uFEFFb',
    ])
  })

  it('extends the line at hand over reads, and gives lines back', async () => {
    const reader = new LineReader(sourceOf(Buffer.from('a\nb\r\nc\nd'), 3))
    while (!reader.next()) await reader.more(false)
    const atHand = (): string => Buffer.from(reader.bytes.subarray(reader.start, reader.end)).toString()
    while (!reader.extend()) await reader.more(true)
    expect(atHand()).toBe('a\nb')
    while (!reader.extend()) await reader.more(true)
    expect([atHand(), reader.line]).toEqual(['a\nb\r\nc', 1])
    reader.rewind()
    expect(atHand()).toBe('a')
    expect(await linesOf(reader)).toEqual(['b', 'c', 'd'])
    expect(reader.line).toBe(4)
  })

  it('does not keep a line that is too long', async () => {
    const long = Buffer.concat([
      Buffer.from('first\n'),
      Buffer.alloc(3 * LIMITS.recordBytesMax, 'x'),
      Buffer.from('\nlast\n'),
    ])
    const reader = new LineReader(sourceOf(long, 1 << 20))
    const seen: [number, boolean, number][] = []
    let bufferBytesMax = 0
    do {
      while (reader.next()) seen.push([reader.line, reader.tooLong, Math.min(10, reader.end - reader.start)])
      bufferBytesMax = Math.max(bufferBytesMax, reader.bytes.length)
    } while (await reader.more(false))
    expect(seen).toEqual([
      [1, false, 5],
      [2, true, 10],
      [3, false, 4],
    ])
    expect(bufferBytesMax).toBeLessThanOrEqual(4 * LIMITS.recordBytesMax)
  })
})
