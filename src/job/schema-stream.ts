/**
 * The shape of `streams:` in the job file (page 1 §3 and §5): history, live side and the seam between them.
 */

import { z } from 'zod'
import { LIMITS } from '../limits.ts'
import { kafkaSchema } from './schema-kafka.ts'
import {
  column,
  columnList,
  columnOrList,
  columnType,
  csvForm,
  duration,
  fileFormat,
  files,
  flag,
  instant,
  oneOf,
  remoteAccess,
  strict,
  timeColumn,
  whole,
  words,
} from './schema-scalars.ts'

const historySchema = strict(
  {
    files: files().meta({
      description:
        'Path or glob, or a list; file:, webhdfs:, swebhdfs: and s3: URIs too. Folders named key=value become columns.',
    }),
    ...remoteAccess,
    format: fileFormat().optional().meta({ description: 'Told from the name of each file if left out.' }),
    csv: csvForm().optional(),
    from: instant().optional().meta({ description: 'First event time, inclusive.' }),
    until: instant()
      .optional()
      .meta({ description: 'End of event time, exclusive; with a seam by time it is the seam.' }),
    badRows: oneOf(['quarantine', 'fail']).optional().meta({ description: 'Default: quarantine.' }),
    partitionColumn: column()
      .optional()
      .meta({ description: 'Column with the topic partition of each row.' }),
    offsetColumn: column().optional().meta({ description: 'Column with the topic offset of each row.' }),
  },
  'a mapping with `files`',
)

const STOP = 'caught-up, never, an instant, or { caught-up: true, hold: true }'

const stopSchema = z
  .union(
    [
      oneOf(['caught-up', 'never']),
      instant(),
      strict({ 'caught-up': z.literal(true, { error: 'true' }), hold: flag().optional() }, STOP),
    ],
    { error: STOP },
  )
  .meta({
    description:
      'caught-up (default): the end noted at the first start. An instant: event time. hold keeps what is not yet released for a chained run.',
  })

const liveCommon = {
  idleAfter: duration().optional().meta({
    description:
      'A partition at its end for so long no longer holds back the watermark. Default: never idle.',
  }),
  stop: stopSchema.optional(),
  spool: flag().optional().meta({
    description:
      'Copy the topic into the run directory from the first minute on, where its retention is shorter than the replay of history.',
  }),
}

const liveSchema = z.union(
  [
    strict(
      {
        log: words('the directory of an embedded log').meta({ description: 'Directory of an embedded log.' }),
        ...liveCommon,
      },
      'a mapping with `log`',
    ),
    strict(
      {
        kafka: kafkaSchema,
        ...liveCommon,
      },
      'a mapping with `kafka`',
    ),
  ],
  { error: 'a mapping with `kafka`, or with `log`: the directory of an embedded log' },
)

const offsets = z.record(
  z.string().regex(/^\d{1,4}$/, { error: 'a partition number' }),
  z.int({ error: 'an offset: a whole number from 0' }).min(0, { error: 'an offset: a whole number from 0' }),
  { error: 'earliest, or an offset per partition such as { 0: 1200, 1: 1180 }' },
)

const seamSchema = z.discriminatedUnion(
  'by',
  [
    strict(
      {
        by: z.literal('time'),
        at: instant().meta({ description: 'T: history is before it, live is from it on.' }),
        overlap: duration().optional().meta({
          description:
            'Live is read from so long before T and compared. Default: the larger of disorder and 10m.',
        }),
        scanFrom: z
          .union([z.literal('earliest'), offsets], {
            error: 'earliest, or an offset per partition such as { 0: 1200, 1: 1180 }',
          })
          .optional()
          .meta({ description: 'Where to read live from, if record timestamps cannot tell.' }),
        beforeSeam: oneOf(['side', 'emit']).optional().meta({
          description: 'What only live has before T: side (default) writes it to late/, emit emits it.',
        }),
      },
      'a mapping such as { by: time, at: 2001-06-01T00:00:00Z }',
    ),
    strict({ by: z.literal('offset') }, 'a mapping such as { by: offset }'),
  ],
  { error: 'by: time (with `at`) or by: offset' },
)

/** One entry of `streams:`. */
export const streamSchema = strict(
  {
    key: columnOrList('the key column, or a list of them, such as [origin]').meta({
      description: 'Columns that make the key: they decide the partition.',
    }),
    time: timeColumn().meta({ description: 'The column with the event time.' }),
    partitions: whole(1, LIMITS.partitionsMax)
      .optional()
      .meta({ description: 'Default: 1. The same as the live side.' }),
    partitioner: oneOf(['murmur2', 'crc32', 'fnv1a', 'column']).optional().meta({
      description:
        'murmur2 (default) is the Java client, crc32 is librdkafka; column: the key is the partition number.',
    }),
    keyEncoding: oneOf(['text', 'int32', 'int64', 'json'])
      .optional()
      .meta({ description: 'How producers write the key. Default: text.' }),
    disorder: duration()
      .optional()
      .meta({ description: 'How far out of order live may be. Default: 0s. History may be in any order.' }),
    identity: columnList()
      .optional()
      .meta({ description: 'Columns that make two records the same event; needed to prove a seam by time.' }),
    tieBreak: columnList()
      .optional()
      .meta({ description: 'Columns that order events of equal time where there are no offsets.' }),
    order: oneOf(['time', 'offset']).optional().meta({
      description:
        'offset: exactly as the topic delivered it; `disorder` and `late` then have no effect. Default: time.',
    }),
    late: oneOf(['side', 'fail', 'emit'])
      .optional()
      .meta({ description: 'Default: side, which writes late events to late/.' }),
    maxFuture: duration()
      .optional()
      .meta({ description: 'Times further in the future are bad rows. Default: 1h.' }),
    columns: z
      .record(column(), columnType(), { error: 'a mapping of column names to types' })
      .optional()
      .meta({
        description: 'Types of columns: optional where a file tells; needed for a stream without history.',
      }),
    history: historySchema.optional(),
    live: liveSchema.optional(),
    seam: seamSchema.optional(),
  },
  'a stream: a mapping with `key`, `time`, and `history` or `live`',
)

export type StreamInput = z.input<typeof streamSchema>
export type HistoryInput = z.input<typeof historySchema>
export type LiveInput = z.input<typeof liveSchema>
export type SeamInput = z.input<typeof seamSchema>
export type StopInput = z.input<typeof stopSchema>
