import { describe, expect, it } from 'vitest'
import type { Cursor, Piece } from '../../../src/history/cursor-pool.ts'
import { CursorPool } from '../../../src/history/cursor-pool.ts'

/** Counts on from where it was opened. */
class Counter implements Cursor {
  at: number
  closed = false
  constructor(at: number) {
    this.at = at
  }
  async read(rows: number): Promise<number[]> {
    if (this.closed) throw new Error('read of a closed cursor')
    const first = this.at
    await new Promise(setImmediate)
    this.at += rows
    return Array.from({ length: rows }, (_, i) => first + i)
  }
  close(): void {
    this.closed = true
  }
}

function counting(idleMax: number) {
  const pool = new CursorPool<Counter>(idleMax)
  const opened: Counter[] = []
  const read = (rowFirst: number, rows: number, end = 100): Promise<number[]> => {
    const open = async (): Promise<Counter> => {
      const counter = new Counter(rowFirst)
      opened.push(counter)
      return counter
    }
    const piece: Piece<Counter> = {
      key: 'k',
      rowFirst,
      rowNext: rowFirst + rows,
      last: rowFirst + rows >= end,
      open,
    }
    return pool.read(piece, counter => counter.read(rows))
  }
  return { pool, opened, read }
}

const range = (first: number, rows: number): number[] => Array.from({ length: rows }, (_, i) => first + i)

describe('CursorPool', () => {
  it('goes on with the cursor of the piece before, also while that still runs', async () => {
    const { opened, read, pool } = counting(2)
    const pieces = await Promise.all([read(0, 10), read(10, 10), read(20, 5)])
    expect(pieces).toEqual([range(0, 10), range(10, 10), range(20, 5)])
    expect(await read(25, 75)).toEqual(range(25, 75))
    expect(opened).toHaveLength(1)
    await new Promise(setImmediate) // closing waits its turn
    expect(opened[0]!.closed).toBe(true)
    await pool.close()
  })

  it('opens another where none stands', async () => {
    const { opened, read, pool } = counting(2)
    expect(await read(50, 10)).toEqual(range(50, 10))
    expect(await read(0, 10)).toEqual(range(0, 10))
    expect(await read(0, 10)).toEqual(range(0, 10))
    await new Promise(setImmediate)
    expect(opened.map(counter => counter.closed)).toEqual([true, false, false])
    await pool.close()
    expect(opened.every(counter => counter.closed)).toBe(true)
  })

  it('keeps a cursor open while pieces queue behind it, whatever the bound', async () => {
    const { opened, read, pool } = counting(0)
    expect(await Promise.all([read(0, 10), read(10, 10)])).toEqual([range(0, 10), range(10, 10)])
    await pool.close()
    expect(opened.every(counter => counter.closed)).toBe(true)
  })

  it('reads a piece anew whose predecessor failed', async () => {
    const pool = new CursorPool<Counter>(2)
    let opens = 0
    const piece = (rowFirst: number): Piece<Counter> => ({
      key: 'k',
      rowFirst,
      rowNext: rowFirst + 10,
      last: false,
      open: async () => {
        opens++
        return new Counter(rowFirst)
      },
    })
    const first = pool.read(piece(0), () => Promise.reject(new Error('damaged')))
    const second = pool.read(piece(10), counter => counter.read(10))
    await expect(first).rejects.toThrow('damaged')
    expect(await second).toEqual(range(10, 10))
    expect(opens).toBe(2)
    await pool.close()
  })

  it('passes on that a cursor cannot be opened', async () => {
    const pool = new CursorPool<Counter>(2)
    const piece: Piece<Counter> = {
      key: 'k',
      rowFirst: 0,
      rowNext: 1,
      last: true,
      open: () => Promise.reject(new Error('gone')),
    }
    await expect(pool.read(piece, counter => counter.read(1))).rejects.toThrow('gone')
    await pool.close()
  })
})
