import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LineSplitter } from '../../../src/cli/log-lines.ts'

/** Lines of the chunks, as text. */
function linesOf(chunks: readonly (string | Uint8Array)[], bytesMax = 1000): string[] {
  const lines: string[] = []
  const splitter = new LineSplitter(bytesMax, (bytes, start, end) =>
    lines.push(Buffer.from(bytes.subarray(start, end)).toString()),
  )
  for (const chunk of chunks) splitter.push(Buffer.from(chunk as string))
  splitter.finish()
  return lines
}

describe('LineSplitter', () => {
  it.each([
    [[''], []],
    [['a\nb'], ['a', 'b']],
    [['a\r\nb\r\n'], ['a', 'b']],
    [['\n\na'], ['', '', 'a']],
    [
      ['a\r', '\nb'],
      ['a', 'b'],
    ],
    [['\ufeffa\n\ufeffb'], ['a', '\ufeffb']],
  ])('of %j gives %j', (chunks, lines) => {
    expect(linesOf(chunks)).toEqual(lines)
  })

  it('gives the same lines wherever the chunks are cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('a', 'é', '\n', '\r\n'), { maxLength: 30 }),
        fc.array(fc.nat({ max: 40 })),
        (parts, cuts) => {
          const bytes = Buffer.from(parts.join(''))
          const places = [
            0,
            ...cuts.map(cut => Math.min(cut, bytes.length)).sort((a, b) => a - b),
            bytes.length,
          ]
          const chunks = places.slice(1).map((end, i) => bytes.subarray(places[i], end))
          const expected = parts.join('').split(/\r?\n/)
          if (expected.at(-1) === '') expected.pop()
          expect(linesOf(chunks)).toEqual(expected)
        },
      ),
      { numRuns: 1000 },
    )
  })

  it('cuts a line that is too long, and goes on behind it', () => {
    const lines = linesOf(['x'.repeat(30), 'y'.repeat(30), '\nnext\n'], 40)
    expect(lines).toEqual([`${'x'.repeat(30)}${'y'.repeat(11)}`, 'next'])
  })
})
