/** A part of a message with records, looked at before it is taken in. Pure. */

import { HindcastError } from '../../errors.ts'
import { emptyColumns } from '../record-columns.ts'
import type { ReadPart } from './reader-messages.ts'

/**
 * Raises `reply-invalid` where rows do not rise by offset from `offset` on: what librdkafka had fetched for another position
 * is never taken for what was asked.
 */
export function checkPart({ rows, offset, offsetNext }: ReadPart, from: number): void {
  let last = from - 1
  for (let row = 0; row < rows; row++) {
    const at = offset[row]!
    if (!(at > last)) throw outOfOrder(at, last)
    last = at
  }
  if (!(offsetNext > last)) throw outOfOrder(offsetNext, last)
}

function outOfOrder(at: number, last: number): HindcastError {
  return new HindcastError('reply-invalid', `librdkafka gives offset ${at} after ${last}`, {
    advice: 'Look at the segment with kafka-dump-log on the leader of the partition.',
  })
}

/** No rows: what was read reaches to `offsetNext`. */
export function emptyPart(partition: number, offsetNext: number, endOffset: number): ReadPart {
  return {
    partition,
    ...emptyColumns(),
    offsetNext,
    leaderEpoch: -1,
    endOffset,
  }
}
