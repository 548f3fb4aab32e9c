/** Errors that name offsets which a topic does not have, or not any more. Ranges are [from, to). */

import { type ErrorWhere, HindcastError } from '../../errors.ts'

interface Place {
  readonly topic: string
  readonly partition: number
}

/** Retention, or someone, deleted what comes next. */
export function retained({ topic, partition }: Place, offset: number, first: number): HindcastError {
  return new HindcastError(
    'offset-out-of-range',
    `offsets [${offset}, ${first}) are lost: the partition now begins at ${first}`,
    {
      where: { topic, partition, offset },
      advice:
        'Make retention.ms and retention.bytes of the topic larger than the time a run is behind; make a new plan from what is left.',
    },
  )
}

/** Nobody has written there yet. */
export function notWritten({ topic, partition }: Place, offset: number, end: number): HindcastError {
  return new HindcastError(
    'offset-out-of-range',
    `offset ${offset} has not been written yet: the partition ends at ${end}`,
    {
      where: { topic, partition, offset },
      advice: 'Check that this is the right cluster; if its log was cut, make a new plan.',
    },
  )
}

/** A leader without the newest records was elected (unclean election), after they had been read. */
export function cutBelow({ topic, partition }: Place, end: number, position: number): HindcastError {
  return new HindcastError(
    'topic-truncated',
    `offsets [${end}, ${position}) were read and are lost in the topic: its log was cut at ${end}`,
    {
      where: { topic, partition, offset: end },
      advice:
        'Start again from a checkpoint before them, or make a new plan; unclean.leader.election.enable=false keeps a topic from this.',
    },
  )
}

/** A broker gave records that its partition does not have. */
export function beyondEnd(offsetNext: number, end: number, where: ErrorWhere = {}): HindcastError {
  return new HindcastError(
    'reply-invalid',
    `records up to ${offsetNext - 1} came of a partition that ends at ${end}`,
    { where, advice: 'Look at the segment with kafka-dump-log on the leader of the partition.' },
  )
}
