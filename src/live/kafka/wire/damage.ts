/**
 * How this folder says that bytes are bad: the parts know what is wrong, those above them know where, and add it.
 */

import type { ErrorWhere } from '../../../errors.ts'
import { HindcastError } from '../../../errors.ts'

const REPLY_ADVICE =
  'Check that this port is a Kafka broker of version 2.7 or later, and that nothing in between changes bytes.'
const BATCH_ADVICE =
  'Read the partition with kafka-dump-log on its leader: if the batch is damaged there, restore it from another replica.'

/** An answer that the protocol does not allow. */
export function replyDamage(message: string): HindcastError {
  return new HindcastError('reply-invalid', message, { advice: REPLY_ADVICE })
}

/** A record batch that is not what it claims to be. */
export function batchDamage(message: string, where: ErrorWhere = {}): HindcastError {
  return new HindcastError('reply-invalid', message, { where, advice: BATCH_ADVICE })
}

/** A declared bound was passed. */
export function passed(message: string): HindcastError {
  return new HindcastError('limit-passed', message, {
    advice: 'Find who produces such batches: no record is worth so much memory.',
  })
}
