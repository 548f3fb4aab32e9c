/**
 * How far fetched record bytes reach, told from the batches' heads alone, so that the next fetch can leave before
 * anything is decoded. Nothing of it is believed beyond that: the decoder checks each batch (wire/batch-header.ts has
 * the drawing of a head).
 */

import { HindcastError } from '../../errors.ts'

const LENGTH_AT = 8
const EPOCH_AT = 12
const MAGIC_AT = 16
const LAST_DELTA_AT = 23
const BASE_BYTES = 12
const HEAD_BYTES = 61

export interface RecordSpan {
  /** Bytes of whole batches; what follows is the beginning of one. */
  readonly bytes: number
  /** Position to fetch from next; that which was asked for where there is no whole batch. */
  readonly offsetNext: number
  /** Epoch of the leader that wrote the last whole batch; −1: none. */
  readonly leaderEpoch: number
  /** A batch that no fetch gets past is among them: the decoder will say what it is. */
  readonly isDeadEnd: boolean
}

/**
 * Walks the batches of an answer to a fetch from `offset`. Raises `reply-invalid` where they do not rise, and where the
 * first begins before `offset` although a batch ended there. The CRC covers neither the base offset nor the epoch.
 */
export function recordSpan(records: Uint8Array, offset: number, isBoundary = false): RecordSpan {
  const view = new DataView(records.buffer, records.byteOffset, records.byteLength)
  let at = 0
  let offsetNext = offset
  let leaderEpoch = -1
  while (at + HEAD_BYTES <= records.length) {
    const length = view.getInt32(at + LENGTH_AT)
    // One that is cut is fetched again whole: the decoder would not look at it.
    if (length >= HEAD_BYTES - BASE_BYTES && at + BASE_BYTES + length > records.length) break
    if (view.getInt8(at + MAGIC_AT) !== 2 || length < HEAD_BYTES - BASE_BYTES)
      return { bytes: records.length, offsetNext, leaderEpoch, isDeadEnd: true }
    const base = view.getInt32(at) * 2 ** 32 + view.getUint32(at + 4)
    const next = base + view.getInt32(at + LAST_DELTA_AT) + 1
    // The first batch may begin before what was asked for, and must reach it.
    const mustFollow = at > 0 || isBoundary
    if (!Number.isSafeInteger(next) || next <= base || (mustFollow && base < offsetNext) || next <= offset) {
      throw new HindcastError(
        'reply-invalid',
        `a batch of offsets ${base} to ${next - 1} follows ${offsetNext - 1}`,
        {
          where: { offset: offsetNext },
          advice: 'Look at the segment with kafka-dump-log on the leader of the partition.',
        },
      )
    }
    offsetNext = next
    leaderEpoch = view.getInt32(at + EPOCH_AT)
    at += BASE_BYTES + length
  }
  return { bytes: at, offsetNext, leaderEpoch, isDeadEnd: false }
}
