/**
 * Disorder of a time column from its rows, read front to back.
 *
 * Cost: one comparison a row; no memory but the batch. One loop a typed array, as everywhere on the hot path.
 */

import type { Column, F64Column, I32Column, I64Column } from '../../core/batch/index.ts'
import { assert } from '../../errors.ts'
import type { ByteSource } from '../read/byte-source.ts'
import type { ParquetFile } from '../read/parquet-file.ts'
import { planRead } from '../read/plan-read.ts'
import { RowReader } from '../read/row-reader.ts'
import type { RowDisorder } from './disorder.ts'
import { rounded } from './disorder.ts'
import type { TimeColumn } from './time-column.ts'

const BATCH_ROWS = 65_536
const TWO_32 = 4294967296

/** Reads the column whole. Raises what reading raises. */
export async function rowDisorder(
  source: ByteSource,
  file: ParquetFile,
  { leaf, msPerTick }: TimeColumn,
): Promise<RowDisorder> {
  const reader = new RowReader(source, planRead(file, [leaf]), [leaf])
  const scan = new DisorderScan()
  while (reader.rowsLeft > 0) scan.take((await reader.read(Math.min(BATCH_ROWS, reader.rowsLeft)))[0]!)
  const { nulls, behind, step, stepRow } = scan
  return {
    nulls,
    behind,
    backwardsMs: rounded(step * msPerTick),
    backwardsRow: behind === 0 ? null : stepRow,
  }
}

/** What has been seen of a column so far. */
export class DisorderScan {
  nulls = 0
  behind = 0
  /** Largest step back, in ticks; exact up to 2^53. */
  step = 0
  stepRow = -1
  #rows = 0
  /** Largest time so far; of an i64 column its halves. */
  #top = Number.NEGATIVE_INFINITY
  #topLow = 0
  #topHigh = -(2 ** 31)

  take(column: Column): void {
    assert(column.kind !== 'bytes', 'a time column is one of numbers')
    if (column.kind === 'i64') this.#i64(column)
    else if (column.kind === 'i32') this.#i32(column)
    else this.#f64(column)
    this.#rows += column.kind === 'i64' ? column.values.length / 2 : column.values.length
  }

  #i64({ values, valid }: I64Column): void {
    const rows = values.length / 2
    let [low, high] = [this.#topLow, this.#topHigh]
    for (let i = 0; i < rows; i++) {
      if (valid !== null && valid[i] === 0) {
        this.nulls++
        continue
      }
      const l = values[2 * i]!
      const h = values[2 * i + 1]!
      if (h > high || (h === high && l >>> 0 >= low >>> 0)) {
        low = l
        high = h
      } else this.#stepBack((high - h) * TWO_32 + ((low >>> 0) - (l >>> 0)), i)
    }
    this.#topLow = low
    this.#topHigh = high
  }

  #i32({ values, valid }: I32Column): void {
    let top = this.#top
    for (let i = 0; i < values.length; i++) {
      if (valid !== null && valid[i] === 0) {
        this.nulls++
        continue
      }
      const value = values[i]!
      if (value >= top) top = value
      else this.#stepBack(top - value, i)
    }
    this.#top = top
  }

  /** NaN is no time: it is counted with the nulls. */
  #f64({ values, valid }: F64Column): void {
    let top = this.#top
    for (let i = 0; i < values.length; i++) {
      const value = values[i]!
      if ((valid !== null && valid[i] === 0) || Number.isNaN(value)) {
        this.nulls++
        continue
      }
      if (value >= top) top = value
      else this.#stepBack(top - value, i)
    }
    this.#top = top
  }

  #stepBack(step: number, row: number): void {
    this.behind++
    if (step <= this.step) return
    this.step = step
    this.stepRow = this.#rows + row
  }
}
