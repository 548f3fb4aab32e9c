/**
 * What a run tells of itself to Prometheus: each metric by its name, and how it is read from what the run knows at that
 * moment. Pure. docs/metrics.md says the same for people; a test holds the two against each other.
 *
 * Nothing is counted for these: lanes send what they know of themselves now and then anyway. Counters begin with the
 * process, as Prometheus has it, not with the run: one that goes on counts what it did itself.
 */

import type { Plan } from '../../plan/index.ts'
import type { HubFigures } from '../hub.ts'

/** What is known of a run. */
export interface RunFacts {
  readonly plan: Plan
  readonly figures: HubFigures
  /** Of the slices that this process has sealed. */
  readonly sealed: SealedCounts
  /** Bytes of the copies of topics on disk, by stream ordinal. */
  readonly spooled: ReadonlyMap<number, number>
}

export interface SealedCounts {
  readonly slices: number
  readonly late: number
  readonly quarantined: number
}

export interface Sample {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

export interface Metric {
  readonly name: string
  readonly kind: 'counter' | 'gauge'
  readonly help: string
  readonly labels: readonly string[]
  readonly read: (facts: RunFacts) => readonly Sample[]
}

type LiveCounter = 'records' | 'bytes' | 'bad' | 'fetchMs' | 'decodeMs'

const STREAM = ['stream']
const STREAM_PARTITION = ['stream', 'partition']

export const METRICS: readonly Metric[] = [
  {
    name: 'hindcast_run_info',
    kind: 'gauge',
    help: 'The job and the hash of its plan; always 1.',
    labels: ['job', 'plan'],
    read: ({ plan }) => [{ labels: { job: plan.job.name, plan: plan.hash }, value: 1 }],
  },
  {
    name: 'hindcast_history_rows_planned',
    kind: 'gauge',
    help: 'Rows of history that the run will emit as its plan knows.',
    labels: [],
    read: ({ plan }) => one(plan.totals.rows),
  },
  {
    name: 'hindcast_rows_total',
    kind: 'counter',
    help: 'Samples emitted, of history and live.',
    labels: [],
    read: ({ figures }) => one(figures.rows),
  },
  {
    name: 'hindcast_watermark_seconds',
    kind: 'gauge',
    help: 'Merged watermark of an output partition, seconds since the epoch: nothing earlier will be emitted any more.',
    labels: ['partition'],
    read: ({ figures }) =>
      figures.watermarks.map(({ partition, ms }) => ({
        labels: { partition: String(partition) },
        value: ms / 1000,
      })),
  },
  {
    name: 'hindcast_slices_sealed_total',
    kind: 'counter',
    help: 'Slices that are complete and in the manifest, over all partitions at once.',
    labels: [],
    read: ({ sealed }) => one(sealed.slices),
  },
  {
    name: 'hindcast_late_total',
    kind: 'counter',
    help: 'Late events of the sealed slices, set aside or emitted.',
    labels: [],
    read: ({ sealed }) => one(sealed.late),
  },
  {
    name: 'hindcast_quarantined_total',
    kind: 'counter',
    help: 'Live records of the sealed slices that are in quarantine: bad ones, and those from too far in the future.',
    labels: [],
    read: ({ sealed }) => one(sealed.quarantined),
  },
  {
    name: 'hindcast_live_position',
    kind: 'gauge',
    help: 'Offset that is read next.',
    labels: STREAM_PARTITION,
    read: facts => positionsOf(facts, ({ offset }) => offset),
  },
  {
    name: 'hindcast_live_lag_records',
    kind: 'gauge',
    help: 'Offsets from the position to the end of the partition, as the last read saw it; missing while none has seen it.',
    labels: STREAM_PARTITION,
    read: facts =>
      positionsOf(facts, ({ offset, endOffset }) =>
        endOffset === null ? null : Math.max(0, endOffset - offset),
      ),
  },
  counterOf('hindcast_live_records_total', 'records', 'Records read, bad ones too.'),
  counterOf(
    'hindcast_live_fetch_bytes_total',
    'bytes',
    'Keys and values of the records read, decompressed, bytes.',
  ),
  counterOf(
    'hindcast_live_fetch_seconds_total',
    'fetchMs',
    'Time that partitions have waited for records, also at the end of the log; they wait side by side.',
  ),
  counterOf('hindcast_live_decode_seconds_total', 'decodeMs', 'Time from records to columns of events.'),
  counterOf('hindcast_bad_records_total', 'bad', 'Live records that cannot be used.'),
  {
    name: 'hindcast_spool_bytes',
    kind: 'gauge',
    help: 'Bytes of the copy of the topic in the run directory; only with live.spool.',
    labels: STREAM,
    read: ({ plan, spooled }) =>
      [...spooled].map(([ordinal, value]) => ({ labels: { stream: plan.streams[ordinal]!.name }, value })),
  },
  {
    name: 'hindcast_lane_credit',
    kind: 'gauge',
    help: 'Batches of history that the lane would take at once; 0 while it is the one that others wait for.',
    labels: ['lane'],
    read: ({ figures }) => figures.credits.map((value, lane) => ({ labels: { lane: String(lane) }, value })),
  },
  {
    name: 'hindcast_sink_full',
    kind: 'gauge',
    help: '1 while lanes wait because sealed slices have not reached their topic yet.',
    labels: [],
    read: ({ figures }) => one(figures.hasRoom ? 0 : 1),
  },
]

function one(value: number): Sample[] {
  return [{ labels: {}, value }]
}

type Position = NonNullable<HubFigures['liveSides'][number]>['positions'][number]

function positionsOf({ plan, figures }: RunFacts, read: (position: Position) => number | null): Sample[] {
  return figures.liveSides.flatMap(side =>
    (side?.positions ?? []).flatMap(position => {
      const value = read(position)
      const labels = { stream: plan.streams[position.stream]!.name, partition: String(position.partition) }
      return value === null ? [] : [{ labels, value }]
    }),
  )
}

/** Over all lanes, by stream; milliseconds become seconds. */
function counterOf(name: string, counter: LiveCounter, help: string): Metric {
  const scale = counter.endsWith('Ms') ? 1000 : 1
  return {
    name,
    kind: 'counter',
    help,
    labels: STREAM,
    read: ({ plan, figures }) =>
      plan.streams.flatMap(({ name: stream, ordinal }) => {
        const told = figures.liveSides.flatMap(side => side?.counts[ordinal]?.[counter] ?? [])
        const sum = told.reduce((total, value) => total + value, 0)
        return told.length === 0 ? [] : [{ labels: { stream }, value: sum / scale }]
      }),
  }
}
