/**
 * Cells to be written: puts and deletes in `Multi` calls, each cell at its own time, so that a call that is sent twice,
 * because nobody knows whether the first arrived, changes nothing.
 */

import { assert } from '../errors.ts'
import { LIMITS } from '../limits.ts'
import type { CellPut, RowPut } from './cells.ts'
import type { Actions } from './multi-messages.ts'
import type { MultiWork } from './multi-run.ts'
import { ProtoWriter, varintBytes } from './proto-bytes.ts'

const PUT = 2
const DELETE = 3
/** Of the column, all versions up to a time. */
const DELETE_MULTIPLE_VERSIONS = 1

interface Mutation {
  readonly row: Uint8Array
  readonly bytes: Buffer
}

export class RowsWrite implements MultiWork, Actions {
  readonly table: string
  readonly actions: Actions = this
  readonly #mutations: readonly Mutation[]

  constructor(table: string, rows: readonly RowPut[]) {
    this.table = table
    this.#mutations = rows.flatMap(mutationsOf)
  }

  /** All items, in order of their rows. */
  get items(): Int32Array {
    const order = Int32Array.from(this.#mutations, (_, i) => i)
    return order.sort((a, b) => Buffer.compare(this.row(a), this.row(b)) || a - b)
  }

  row(item: number): Uint8Array {
    return this.#mutations[item]!.row
  }

  bodyBytes(item: number): number {
    const { length } = this.#mutations[item]!.bytes
    return 1 + varintBytes(length) + length
  }

  writeBody(to: ProtoWriter, item: number): void {
    to.bytes(2, this.#mutations[item]!.bytes)
  }

  callItems(items: Int32Array, from: number): number {
    let bytes = 0
    let to = from
    while (to < items.length && to - from < LIMITS.hbaseCallRows) {
      bytes += this.bodyBytes(items[to]!)
      if (bytes > LIMITS.hbaseCallBytes && to > from) break
      to++
    }
    return to - from
  }

  replied(): void {}

  answered(): void {}

  tooLong(): boolean {
    return false
  }
}

function mutationsOf({ row, cells }: RowPut): Mutation[] {
  const puts = cells.filter(cell => cell.value !== null)
  const deletes = cells.filter(cell => cell.value === null)
  return [
    ...(deletes.length === 0 ? [] : [{ row, bytes: mutationBytes(row, deletes, DELETE) }]),
    ...(puts.length === 0 ? [] : [{ row, bytes: mutationBytes(row, puts, PUT) }]),
  ]
}

function mutationBytes(row: Uint8Array, cells: readonly CellPut[], type: number): Buffer {
  const out = new ProtoWriter().bytes(1, row).uint(2, type)
  for (const { column, timeMs, value } of cells) {
    assert(Number.isSafeInteger(timeMs) && timeMs >= 0, `a cell cannot be written at ${timeMs} ms`)
    const cell = new ProtoWriter().bytes(1, column.qualifier)
    if (value !== null) cell.bytes(2, value)
    cell.uint(3, timeMs)
    if (value === null) cell.uint(4, DELETE_MULTIPLE_VERSIONS)
    out.message(3, family => family.bytes(1, column.family).bytes(2, cell.finish()))
  }
  return out.finish()
}
