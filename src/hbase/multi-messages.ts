/**
 * `Multi`: many rows of several regions of one server in one call. Request → bytes, reply → what became of each row. No
 * I/O.
 *
 *     request  := (region, action*)*                 an action has a number of ours
 *     reply    := (outcome* | exception)*            one for each region, in the order of the request
 *     outcome  := number, (count of cells | exception)         cells are in the cell block, in order of outcomes
 *
 * Invariant: a row is answered only where its number has a result; what is missing, because the server cut its reply
 * short, is not answered. Source: Client.proto of Apache HBase 2.6.
 */

import { BlockWalk } from './cell-block.ts'
import { type ProtoReader, ProtoWriter, strange, varintBytes } from './proto-bytes.ts'
import type { Region } from './region-map.ts'
import type { RemoteException, Reply } from './rpc-frames.ts'
import { GET_FIELDS, type ReadShape, writeShape } from './scan-messages.ts'

/** A Get or a mutation, without its number. */
export interface Actions {
  /** Bytes of the body of action `item`. */
  bodyBytes(item: number): number
  /** Writes the body: fields 2 or 3 of an Action. */
  writeBody(to: ProtoWriter, item: number): void
}

/** Items of one call: `items[k]` is of `regions[k]`; those of a region lie together. */
export interface MultiItems {
  readonly items: Int32Array
  readonly regions: readonly Region[]
}

/** Items are numbered by their place in the call. */
export function multiBytes({ items, regions }: MultiItems, actions: Actions): Buffer {
  const out = new ProtoWriter(4096)
  for (let from = 0; from < items.length; ) {
    const region = regions[from]!
    let to = from
    while (to < items.length && regions[to] === region) to++
    const inner = new ProtoWriter(64 * (to - from) + 256)
    inner.message(1, specifier => specifier.uint(1, 1).bytes(2, region.nameBytes))
    for (let k = from; k < to; k++) {
      const item = items[k]!
      inner.head(3, 1 + varintBytes(k) + actions.bodyBytes(item)).uint(1, k)
      actions.writeBody(inner, item)
    }
    out.bytes(1, inner.finish())
    from = to
  }
  return out.finish()
}

/** Gets of rows that differ in their key alone. */
export class GetActions implements Actions {
  readonly #shape: Buffer
  readonly #row: (item: number) => Uint8Array

  constructor(shape: ReadShape, row: (item: number) => Uint8Array) {
    const to = new ProtoWriter()
    writeShape(to, shape, GET_FIELDS)
    this.#shape = to.finish()
    this.#row = row
  }

  bodyBytes(item: number): number {
    const get = this.#getBytes(this.#row(item).length)
    return 1 + varintBytes(get) + get
  }

  writeBody(to: ProtoWriter, item: number): void {
    const row = this.#row(item)
    to.head(3, this.#getBytes(row.length)).bytes(1, row).raw(this.#shape)
  }

  #getBytes(row: number): number {
    return 1 + varintBytes(row) + row + this.#shape.length
  }
}

/** Gets what became of the items of a call; `k` is the item's number in it. */
export interface Outcomes {
  /** Its `count` cells begin at `from` of the reply. */
  answered(k: number, from: number, count: number): void
  failed(k: number, exception: RemoteException): void
  /** No item of region action `action` was tried. */
  regionFailed(action: number, exception: RemoteException): void
}

/** Goes through a reply to a call of `items` items. Raises `reply-invalid`. */
export function readMultiReply({ answer, frame, cellsFrom }: Reply, items: number, outcomes: Outcomes): void {
  const walk = new BlockWalk(frame, cellsFrom)
  let action = 0
  while (answer.next()) {
    if (answer.field !== 1) continue
    const region = answer.message()
    while (region.next()) {
      if (region.field === 1) readOutcome(region.message(), items, walk, outcomes)
      else if (region.field === 2) outcomes.regionFailed(action, readNamedException(region.message()))
    }
    action++
  }
  if (!walk.isAtEnd) throw strange('it has more cells than its rows')
}

function readOutcome(reader: ProtoReader, items: number, walk: BlockWalk, outcomes: Outcomes): void {
  let k = 0
  let count = -1
  let exception: RemoteException | null = null
  while (reader.next()) {
    if (reader.field === 1) k = reader.uint()
    else if (reader.field === 2) count = readCount(reader.message())
    else if (reader.field === 3) exception = readNamedException(reader.message())
  }
  if (k >= items) throw strange(`it answers row ${k} of ${items}`)
  if (exception !== null) outcomes.failed(k, exception)
  else if (count >= 0) {
    const from = walk.at
    walk.skip(count)
    outcomes.answered(k, from, count)
  }
}

/** Of a Result whose cells are in the cell block. */
function readCount(reader: ProtoReader): number {
  let count = 0
  while (reader.next()) {
    if (reader.field === 1) throw strange('its cells are not in a cell block')
    if (reader.field === 2) count = reader.uint()
    else if (reader.field === 5 && reader.bool())
      throw strange('a row that was asked for by its key is not whole')
  }
  return count
}

function readNamedException(reader: ProtoReader): RemoteException {
  let className = ''
  let text = ''
  while (reader.next()) {
    if (reader.field === 1) className = reader.text()
    else if (reader.field === 2) text = reader.text()
  }
  return { className, text, doNotRetry: false, host: null, port: null }
}
