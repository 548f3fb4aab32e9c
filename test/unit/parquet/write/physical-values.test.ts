import { describe, expect, it } from 'vitest'
import type { BytesColumn, Column, StringEntries } from '../../../../src/core/batch/index.ts'
import { CodedStrings, typeFromText } from '../../../../src/core/batch/index.ts'
import { physicalValues } from '../../../../src/parquet/write/physical-values.ts'

const DECIMAL = typeFromText('decimal(20,2)')!

function bytesColumn(offsets: readonly number[], valid: readonly number[] | null): BytesColumn {
  return {
    kind: 'bytes',
    offsets: Int32Array.from(offsets),
    bytes: new Uint8Array(offsets.at(-1)!),
    valid: valid === null ? null : Uint8Array.from(valid),
  }
}

const entries: StringEntries = { offsets: Int32Array.of(0, 0, 16, 31), bytes: new Uint8Array(31) }

function coded(codes: readonly number[], valid: readonly number[] | null): Column {
  return new CodedStrings(Int32Array.from(codes), entries, valid === null ? null : Uint8Array.from(valid))
}

describe('physicalValues', () => {
  it('makes times in milliseconds INT32 and leaves others', () => {
    const values = Int32Array.of(7, 0, 86_400_000, 0)
    const column: Column = { kind: 'i64', values, valid: null }
    expect(physicalValues(column, typeFromText('time[ms]')!)).toEqual({
      layout: 'w4',
      words: Int32Array.of(7, 86_400_000),
      valid: null,
    })
    expect(physicalValues(column, typeFromText('time[us]')!)).toEqual({
      layout: 'w8',
      words: values,
      valid: null,
    })
  })

  it('takes decimals of 16 bytes, and none under a null', () => {
    for (const column of [bytesColumn([8, 24, 24, 40], [1, 0, 1]), coded([1, 0, 1], [1, 0, 1])])
      expect(physicalValues(column, DECIMAL)).toMatchObject({ layout: 'bytes', column })
  })

  it.each<[string, Column, number]>([
    ['too short', bytesColumn([0, 16, 31], null), 1],
    ['too long', bytesColumn([0, 17], null), 0],
    ['under a null', bytesColumn([0, 16, 32], [1, 0]), 1],
    ['empty and not null', bytesColumn([0, 0], null), 0],
    ['too short in a dictionary', coded([1, 2], null), 1],
    ['empty in a dictionary', coded([1, 1, 0], null), 2],
  ])('refuses a decimal that is %s, with its row', (_, column, row) => {
    expect(() => physicalValues(column, DECIMAL)).toThrow(
      expect.objectContaining({ code: 'argument-invalid', where: { row } }),
    )
    expect(physicalValues(column, { name: 'binary' })).toMatchObject({ layout: 'bytes' })
  })
})
