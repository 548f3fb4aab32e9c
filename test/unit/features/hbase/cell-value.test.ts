import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ColumnBuilder, valueAt } from '../../../../src/core/batch/index.ts'
import { cellColumnType, writeCell } from '../../../../src/features/hbase/cell-value.ts'
import type { CellType } from '../../../../src/job/index.ts'
import { cases } from '../../../property/cases.ts'

/** The value, or null where the bytes are bad; between other bytes, so that an offset is needed. */
function read(type: CellType, hex: string) {
  const field = { name: 'c', type: cellColumnType(type) }
  const column = new ColumnBuilder(field)
  const value = Buffer.from(hex, 'hex')
  const bytes = Buffer.concat([Buffer.from('ff07', 'hex'), value, Buffer.from('ee', 'hex')])
  column.reserveRow(0)
  column.reserveRow(1)
  column.setNull(0)
  const isGood = writeCell(type, bytes, 2, 2 + value.length, column, 1)
  const taken = valueAt(column.take(2), field.type, 1)
  expect(taken === null).toBe(!isGood)
  return taken
}

describe('values of cells', () => {
  it.each<[CellType, string, unknown]>([
    ['int8', 'ff', -1],
    ['int16', 'fffe', -2],
    ['int16', '0102', 258],
    ['int32', '80000000', -2147483648],
    ['int64', '7fffffffffffffff', 9223372036854775807n],
    ['int64', 'ffffffffffffffff', -1n],
    ['float32', '3fc00000', 1.5],
    ['float64', 'c000000000000000', -2],
    ['bool', 'ff', true],
    ['bool', '01', true],
    ['bool', '00', false],
    ['utf8', 'c3bc', 'ü'],
    ['utf8', '', ''],
    ['text', '312e35', '1.5'],
    ['json', '7b7d', '{}'],
    ['binary', 'ff00', '/wA='],
    ['int64', '00000001', null],
    ['int32', '', null],
    ['bool', '0000', null],
    ['float64', '3fc00000', null],
    ['utf8', 'c3', null],
    ['json', '61ff', null],
  ])('%s of %s', (type, hex, expected) => {
    expect(read(type, hex)).toEqual(expected)
  })

  it('are those that Buffer reads', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 8, maxLength: 8 }), bytes => {
        const value = Buffer.from(bytes)
        expect(read('int64', value.toString('hex'))).toBe(value.readBigInt64BE())
        expect(read('float64', value.toString('hex'))).toEqual(value.readDoubleBE())
        expect(read('int32', value.subarray(4).toString('hex'))).toBe(value.readInt32BE(4))
        expect(read('float32', value.subarray(4).toString('hex'))).toEqual(value.readFloatBE(4))
        expect(read('int16', value.subarray(6).toString('hex'))).toBe(value.readInt16BE(6))
        expect(read('int8', value.subarray(7).toString('hex'))).toBe(value.readInt8(7))
      }),
      cases(),
    )
  })
})
