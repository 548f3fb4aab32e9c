/**
 * Errors of librdkafka as errors of ours, by their numbers (its rdkafka.h; above zero they are those of Kafka's protocol).
 * No password or token is in its messages; what a server says in them is redacted.
 */

import { HindcastError } from '../../errors.ts'
import { redacted } from '../../files/index.ts'
import { KAFKA } from '../kafka/index.ts'
import type { ClientError } from './reader-messages.ts'

const BAD_MESSAGE = -199
const BAD_COMPRESSION = -198
const NOT_IMPLEMENTED = -170
const AUTHENTICATION = -169
const SSL = -181
const OFFSET_RESET = -140
const LOG_TRUNCATION = -139
const FATAL = -150
const TOPIC_AUTHORIZATION = 29

/** It is about records: they are met again at the same place. */
export function isOfRecords({ code }: ClientError): boolean {
  return code === BAD_MESSAGE || code === BAD_COMPRESSION || code === NOT_IMPLEMENTED
}

/** An offset is not there, of a partition that is not told. */
export function isOfOffset({ code }: ClientError): boolean {
  return code === OFFSET_RESET || code === LOG_TRUNCATION || code === KAFKA.offsetOutOfRange
}

/** `reply-invalid` for records, `access-denied`, and `remote-failed` for all that may pass. */
export function clientFailure(error: ClientError): HindcastError {
  const { code } = error
  const said = `${redacted(error.message)} (${code})`
  if (isOfRecords(error)) {
    return new HindcastError('reply-invalid', `librdkafka cannot use the records here: ${said}`, {
      advice: 'Look at the segment with kafka-dump-log on the leader of the partition.',
    })
  }
  if (code === AUTHENTICATION || code === TOPIC_AUTHORIZATION) {
    return new HindcastError('access-denied', `a broker does not let librdkafka read: ${said}`, {
      advice: 'Check `sasl`: mechanism, user and secret; and that the user may read the topic.',
    })
  }
  return new HindcastError('remote-failed', `librdkafka cannot read: ${said}`, {
    advice:
      code === SSL
        ? 'Check `tls`: librdkafka trusts the certificates of `tls.ca`, or of the system, not those of Node.'
        : code === FATAL
          ? 'Start the run again; it goes on from its checkpoint.'
          : 'Check that the broker runs, and whether its port needs TLS or a login.',
  })
}
