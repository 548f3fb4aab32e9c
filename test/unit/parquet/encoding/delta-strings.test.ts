import { describe, expect, it } from 'vitest'
import { encodeDeltaI32 } from '../../../../src/parquet/encoding/delta-encode.ts'
import type { DeltaStrings } from '../../../../src/parquet/encoding/delta-strings.ts'
import {
  deltaLengthStrings,
  deltaPrefixStrings,
  fixedOfStrings,
} from '../../../../src/parquet/encoding/delta-strings.ts'
import { PageBuffer } from '../../../../src/parquet/encoding/page-buffer.ts'

function page(lists: readonly (readonly number[])[], text: string): Uint8Array {
  const buffer = new PageBuffer(16)
  for (const list of lists) encodeDeltaI32(buffer, Int32Array.from(list), 0, list.length, null)
  buffer.append(Buffer.from(text, 'latin1'))
  return buffer.written()
}

function texts({ offsets, bytes }: DeltaStrings): string[] {
  expect(offsets[0]).toBe(0)
  expect(offsets.at(-1)).toBe(bytes.length)
  return Array.from(offsets.subarray(1), (end, i) =>
    Buffer.from(bytes.subarray(offsets[i], end)).toString('latin1'),
  )
}

describe('deltaLengthStrings', () => {
  it("reads the format's own example", () => {
    const bytes = page([[5, 5, 6, 6]], 'HelloWorldFoobarABCDEF')
    const strings = deltaLengthStrings(bytes, 0, bytes.length, 4)
    expect(texts(strings)).toEqual(['Hello', 'World', 'Foobar', 'ABCDEF'])
    expect(strings.end).toBe(bytes.length)
  })

  it('copies, since pages lie in memory that is used again', () => {
    const bytes = page([[1]], 'a')
    const strings = deltaLengthStrings(bytes, 0, bytes.length, 1)
    bytes.fill(0)
    expect(texts(strings)).toEqual(['a'])
  })

  it('reads none', () => {
    expect(texts(deltaLengthStrings(new Uint8Array(0), 0, 0, 0))).toEqual([])
  })

  it.each([
    [[1, 2], 'ab', 'strings of 3 bytes where 2 are left'],
    [[2 ** 31 - 1, 2 ** 31 - 1], 'ab', 'strings of 4294967294 bytes where 2 are left'],
    [[3, -1], 'ab', 'a string has a negative length'],
  ])('refuses lengths %o', (lengths, text, message) => {
    const bytes = page([lengths], text)
    expect(() => deltaLengthStrings(bytes, 0, bytes.length, lengths.length)).toThrow(message)
  })
})

describe('deltaPrefixStrings', () => {
  const read = (prefixes: number[], suffixes: number[], text: string): string[] => {
    const bytes = page([prefixes, suffixes], text)
    return texts(deltaPrefixStrings(bytes, 0, bytes.length, prefixes.length))
  }

  it("reads the format's own example", () => {
    expect(read([0, 2, 0, 3], [4, 2, 6, 5], 'axislebabbleyhood')).toEqual([
      'axis',
      'axle',
      'babble',
      'babyhood',
    ])
  })

  it('repeats long prefixes', () => {
    const long = 'x'.repeat(100)
    expect(read([0, 100, 99], [100, 1, 0], `${long}y`)).toEqual([long, `${long}y`, 'x'.repeat(99)])
  })

  it.each([
    [[1, 0], [1, 1], 'string 0 of the page has a prefix of 1 bytes; the one before has 0'],
    [[0, 2], [1, 1], 'string 1 of the page has a prefix of 2 bytes; the one before has 1'],
    [[0, -1], [1, 1], 'string 1 of the page has a prefix of -1 bytes; the one before has 1'],
    [[0, 1], [1, 2], 'strings of 3 bytes where 2 are left'],
    [[0, 1], [3, -1], 'a string has a negative length'],
  ])('refuses prefixes %o with suffixes %o', (prefixes, suffixes, message) => {
    expect(() => read(prefixes, suffixes, 'ab')).toThrow(message)
  })

  it('allocates nothing for a page that makes gigabytes of kilobytes', () => {
    const text = 'x'.repeat(100_000)
    const prefixes = new Array<number>(30_000).fill(100_000)
    const suffixes = new Array<number>(30_000).fill(0)
    prefixes[0] = 0
    suffixes[0] = 100_000
    expect(() => read(prefixes, suffixes, text)).toThrow('strings of one page have more than 536870912 bytes')
  })
})

describe('fixedOfStrings', () => {
  it('takes strings of one length only', () => {
    const bytes = page([[2, 2, 1]], 'aabbc')
    expect(fixedOfStrings(deltaLengthStrings(bytes, 0, bytes.length, 2), 2)).toEqual(
      Uint8Array.from(Buffer.from('aabb')),
    )
    expect(() => fixedOfStrings(deltaLengthStrings(bytes, 0, bytes.length, 3), 2)).toThrow(
      'value 2 of the page has 1 bytes instead of 2',
    )
  })
})
