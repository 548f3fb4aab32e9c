import { describe, expect, it } from 'vitest'
import { wideDecimalAt } from '../../../../src/core/batch/index.ts'
import type { WideDecimals } from '../../../../src/parquet/encoding/wide-decimals.ts'
import { wideDecimalStrings, wideDecimalsFixed } from '../../../../src/parquet/encoding/wide-decimals.ts'

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'))

function numbers({ offsets, bytes }: WideDecimals): bigint[] {
  expect(offsets).toEqual(Int32Array.from(offsets, (_, i) => 16 * i))
  expect(bytes).toHaveLength(offsets.at(-1)!)
  return Array.from({ length: offsets.length - 1 }, (_, i) => wideDecimalAt(bytes, 16 * i, 16 * i + 16))
}

function fixed(text: string, width: number): bigint[] {
  const bytes = hex(`ee ${text} ee`)
  return numbers(wideDecimalsFixed(bytes, 1, bytes.length - 1, (bytes.length - 2) / width, width))
}

function strings(texts: readonly string[]): bigint[] {
  const parts = texts.map(hex)
  const offsets = new Int32Array(parts.length + 1)
  parts.forEach((part, i) => {
    offsets[i + 1] = offsets[i]! + part.length
  })
  return numbers(wideDecimalStrings(offsets, new Uint8Array(Buffer.concat(parts)), parts.length))
}

const LEAST = -(2n ** 127n)

describe('wideDecimalsFixed', () => {
  it('takes 16 bytes as they are, and others by their sign', () => {
    expect(fixed(`80${'00'.repeat(15)} 7f${'ff'.repeat(15)}`, 16)).toEqual([LEAST, -LEAST - 1n])
    expect(fixed('ffffffffffffffff00 00000000000000000a', 9)).toEqual([-256n, 10n])
    expect(fixed(`ffffff80${'00'.repeat(15)} 0000007f${'ff'.repeat(15)}`, 19)).toEqual([LEAST, -LEAST - 1n])
    expect(numbers(wideDecimalsFixed(new Uint8Array(0), 0, 0, 0, 16))).toEqual([])
  })

  it('refuses what 128 bits cannot hold, and what is not there', () => {
    expect(() => fixed(`0080${'00'.repeat(15)}`, 17)).toThrow(/value 0 of the page .* 128 bits cannot hold/)
    expect(() => fixed(`ff7f${'ff'.repeat(15)}`, 17)).toThrow(/128 bits cannot hold/)
    expect(() => fixed(`01${'00'.repeat(16)}`, 17)).toThrow(expect.objectContaining({ code: 'unsupported' }))
    expect(() => wideDecimalsFixed(new Uint8Array(32), 1, 32, 2, 16)).toThrow(
      expect.objectContaining({ code: 'file-corrupt' }),
    )
    expect(() => wideDecimalsFixed(new Uint8Array(32), 0, 32, 2 ** 31, 16)).toThrow(
      expect.objectContaining({ code: 'file-corrupt' }),
    )
  })
})

describe('wideDecimalStrings', () => {
  it('takes numbers of any length', () => {
    const longest = `ff80${'00'.repeat(15)}`
    expect(strings(['00', 'ff', '80', '0080', longest])).toEqual([0n, -1n, -128n, 128n, LEAST])
  })

  it('refuses a number without bytes', () => {
    expect(() => strings(['00', ''])).toThrow(/a decimal of no bytes/)
    expect(() => strings(['0000', '', '01'])).toThrow(/value 1 of the page is a decimal of no bytes/)
  })
})
