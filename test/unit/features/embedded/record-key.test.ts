import { describe, expect, it } from 'vitest'
import type { KeyBatch } from '../../../../src/core/asof/index.ts'
import { RecordKey } from '../../../../src/features/embedded/record-key.ts'
import { LIMITS } from '../../../../src/limits.ts'

function textKeys(...texts: string[]): KeyBatch {
  const offsets = new Int32Array(texts.length + 1)
  texts.forEach((text, i) => {
    offsets[i + 1] = offsets[i] + text.length
  })
  return { kind: 'bytes', rows: texts.length, offsets, bytes: Buffer.from(texts.join('')), isNull: null }
}

describe('record keys', () => {
  it('sort by key first and by time within it', () => {
    const keys = textKeys('a', 'b', 'aa', 'a\xff')
    const record = new RecordKey()
    const times = [
      -Number.MAX_SAFE_INTEGER,
      -(2 ** 32) - 1,
      -1,
      0,
      1,
      2 ** 31,
      2 ** 32,
      Number.MAX_SAFE_INTEGER,
    ]
    const all: Buffer[] = []
    for (let row = 0; row < keys.rows; row++) {
      expect(record.set(keys, row)).toBe(true)
      all.push(Buffer.from(record.first()), ...times.map(time => record.from(time)), record.end())
    }
    const sorted = all.toSorted(Buffer.compare)
    // In the order of length, then bytes; inside a key the order in which they were made.
    const byKey = [...all.slice(0, 10), ...all.slice(10, 20), ...all.slice(20, 30), ...all.slice(30, 40)]
    expect(sorted).toEqual(byKey)
    expect(new Set(all.map(key => key.toString('hex'))).size).toBe(all.length)
  })

  it('hold keys of up to the declared length', () => {
    const record = new RecordKey()
    expect(record.set(textKeys('x'.repeat(LIMITS.featureKeyBytes)), 0)).toBe(true)
    expect(record.first().length).toBe(LIMITS.featureKeyBytes + 10)
    expect(record.set(textKeys('x'.repeat(LIMITS.featureKeyBytes + 1)), 0)).toBe(false)
  })

  it('write a number as its eight canonical bytes', () => {
    const record = new RecordKey()
    record.set({ kind: 'words', rows: 2, words: Int32Array.of(0, 0, -2, -1), isNull: null }, 1)
    expect(record.first().toString('hex')).toBe('0008feffffffffffffff0000000000000000')
  })
})
