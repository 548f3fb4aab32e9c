import { describe, expect, it } from 'vitest'
import type { VersionChunk } from '../../../../src/core/asof/index.ts'
import type { Schema } from '../../../../src/core/batch/index.ts'
import { nullColumn, valueAt } from '../../../../src/core/batch/index.ts'
import { RowFormat } from '../../../../src/features/embedded/row-format.ts'
import { BLOCK_ROWS, BlockReader, BlockRows } from '../../../../src/features/embedded/version-block.ts'
import { VersionRows } from '../../../../src/features/embedded/version-rows.ts'
import { columnOf } from '../../../property/asof-twin.ts'

const SCHEMA: Schema = (['int32', 'int64', 'float64', 'utf8'] as const).map(name => ({
  name,
  type: { name },
}))
const PARTS = { sub: true, available: true, deleted: true }
const FORMAT = new RowFormat(SCHEMA, PARTS)

function chunkOf(rows: readonly { time: number; value: number | null }[]): VersionChunk {
  return {
    rows: rows.length,
    time: Float64Array.from(rows, row => row.time),
    sub: Int32Array.from(rows, (_, i) => i),
    available: Float64Array.from(rows, (_, i) => (i === 0 ? -Infinity : 1000 + i)),
    availableSub: Int32Array.from(rows, (_, i) => 2 * i),
    deleted: Uint8Array.from(rows, (_, i) => i % 2),
    columns: SCHEMA.map(field =>
      columnOf(
        field.type,
        rows.map(row => row.value),
      ),
    ),
  }
}

function blockRows(chunk: VersionChunk, file = 3): BlockRows {
  const rows = new BlockRows(FORMAT)
  for (let row = 0; row < chunk.rows; row++) rows.add(chunk, row, file, 10 + row)
  return rows
}

function reader(block: Buffer): BlockReader {
  return new BlockReader(block, block.length, '/store')
}

describe('version blocks', () => {
  it('give back every part of every row', () => {
    const chunk = chunkOf([
      { time: -5, value: 123456 },
      { time: 7, value: null },
      { time: 9, value: -1 },
    ])
    const block = reader(blockRows(chunk).block(0, 3, true))
    expect([block.rows, block.more, block.timeAt(1)]).toEqual([3, true, 7])
    const rows = new VersionRows(FORMAT, PARTS, SCHEMA, SCHEMA, 1)
    for (let row = 0; row < 3; row++) rows.append(block.view, block.bytes, block.start(row), 40 + row)
    const taken = rows.take()
    expect(taken).toEqual({ chunk, keys: Int32Array.of(40, 41, 42) })
  })

  it('deliver the columns that are wanted, in their order, and times in finer ticks', () => {
    const block = reader(blockRows(chunkOf([{ time: 2, value: 5 }])).block(0, 1, false))
    const wanted = [SCHEMA[3], SCHEMA[0]]
    const rows = new VersionRows(FORMAT, PARTS, SCHEMA, wanted, 1000)
    rows.append(block.view, block.bytes, block.start(0), 0)
    const { chunk } = rows.take()
    expect(chunk.columns.map((column, c) => valueAt(column, wanted[c].type, 0))).toEqual(['5', 5])
    expect([block.more, chunk.time[0], chunk.available?.[0]]).toEqual([false, 2000, -Infinity])
  })

  it('grow past their first memory', () => {
    const times = Array.from({ length: 5000 }, (_, i) => ({ time: i, value: i }))
    const chunk = chunkOf(times)
    const block = reader(blockRows(chunk).block(0, 5000, false))
    const rows = new VersionRows(FORMAT, PARTS, SCHEMA, SCHEMA, 1)
    for (let row = 0; row < 5000; row++) rows.append(block.view, block.bytes, block.start(row), row)
    expect(rows.take().chunk).toEqual(chunk)
  })

  it('leave parts out that the table does not have', () => {
    const none = { sub: false, available: false, deleted: false }
    const format = new RowFormat([SCHEMA[0]], none)
    const chunk = { ...chunkOf([{ time: 1, value: 2 }]), columns: [nullColumn({ name: 'int32' }, 1)] }
    const rows = new BlockRows(format)
    rows.add(chunk, 0, 0, 0)
    const block = reader(rows.block(0, 1, false))
    const out = new VersionRows(format, none, [SCHEMA[0]], [SCHEMA[0]], 1)
    out.append(block.view, block.bytes, block.start(0), 0)
    expect(out.take().chunk).toMatchObject({ sub: null, available: null, availableSub: null, deleted: null })
    expect(block.rowBytes(0).length).toBe(20 + 1)
  })

  it('keep rows of one time together', () => {
    const times = Array.from({ length: BLOCK_ROWS + 10 }, (_, i) => ({
      time: i < BLOCK_ROWS - 2 ? i : 99,
      value: i,
    }))
    const rows = blockRows(chunkOf([...times, { time: 100, value: 0 }]))
    expect(rows.blockEnd(0)).toBe(BLOCK_ROWS + 10)
    expect(rows.blockEnd(BLOCK_ROWS + 10)).toBe(BLOCK_ROWS + 11)
  })

  it('sort what was merged and count a row that is written twice once', () => {
    const first = blockRows(
      chunkOf([
        { time: 5, value: 1 },
        { time: 8, value: 2 },
      ]),
    )
    const rows = blockRows(
      chunkOf([
        { time: 5, value: 1 },
        { time: 8, value: 2 },
      ]),
    )
    rows.addBlock(reader(first.block(0, 2, false)))
    rows.addBlock(reader(blockRows(chunkOf([{ time: 6, value: 3 }]), 4).block(0, 1, false)))
    rows.settle()
    expect(Array.from({ length: rows.rows }, (_, row) => rows.timeAt(row))).toEqual([5, 6, 8])
    const block = reader(rows.block(0, 3, false))
    expect(block.rowBytes(2)).toEqual(reader(first.block(0, 2, false)).rowBytes(1))
  })

  it('are refused when a byte is wrong or missing', () => {
    const block = Buffer.from(blockRows(chunkOf([{ time: 5, value: 1 }])).block(0, 1, false))
    const damaged = expect.objectContaining({ code: 'file-corrupt', where: { uri: '/store' } })
    for (let at = 0; at < block.length; at++) {
      const wrong = Buffer.from(block)
      wrong[at] ^= 0x10
      expect(() => reader(wrong)).toThrow(damaged)
      expect(() => reader(block.subarray(0, at))).toThrow(damaged)
    }
  })
})
