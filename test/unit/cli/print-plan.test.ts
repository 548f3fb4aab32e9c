import { describe, expect, it } from 'vitest'
import { planText } from '../../../src/cli/print-plan.ts'
import { defineJob, type JobInput } from '../../../src/job/index.ts'
import type { PinnedFile, Plan } from '../../../src/plan/index.ts'
import { planOf } from './recorder.ts'

const INPUT: JobInput = {
  name: 'flight-samples',
  streams: {
    flights: {
      key: ['origin'],
      time: { column: 'scheduled', unit: 'ms' },
      partitions: 4,
      disorder: '5m',
      identity: ['flight_id'],
      history: { files: '/data/flights/*.parquet' },
      live: { log: '/live/flights' },
      seam: { by: 'time', at: '2001-06-01' },
    },
  },
  features: {
    airport: {
      from: {
        files: '/data/airport.parquet',
        key: 'airport',
        time: { column: 'known_at', unit: 'ms' },
        columns: ['n', 'mean'],
      },
      on: 'origin',
      lag: '1h',
      maxAge: '30d',
    },
  },
  output: { directory: '/out' },
}

function file(ordinal: number, rows: number, fromMs: number | null): PinnedFile {
  const unit = {
    rowFirst: 0,
    rows,
    bytes: rows * 100,
    timeMinMs: fromMs,
    timeMaxMs: fromMs === null ? null : fromMs + 1000,
  }
  return {
    ordinal,
    path: `/data/${ordinal}`,
    format: 'parquet',
    bytes: 1024,
    mtimeMs: 0,
    fileId: '1',
    hive: {},
    units: [unit],
  }
}

function planWith(input: JobInput, parts: Partial<Plan> = {}): Plan {
  const job = defineJob(input)
  const int = { name: 'int32' } as const
  return {
    ...planOf(job),
    hash: 'f00d',
    streams: [
      {
        name: 'flights',
        ordinal: 0,
        schema: [],
        reads: [],
        files: [file(0, 1000, 0), file(1, 2000, null)],
        ownOffsets: false,
        live: {
          sourceId: 'x',
          partitions: 4,
          offsetFirst: [0, 5],
          offsetNext: [10, 10],
          leaderEpochs: [null, null],
          retentionMs: null,
          keptMs: null,
          valuePin: null,
        },
      },
    ],
    features: job.features.map(feature => ({
      name: feature.name,
      job: feature,
      keyFields: [],
      reads: [],
      timeUnits: [],
      fields: [
        { name: 'n', type: int },
        { name: 'mean', type: int },
      ],
      files: [file(0, 10, 0)],
      versions: 10,
      newestMs: 0,
      pinned: true,
    })),
    slices: [{ startMs: 0, endMs: 86_400_000 }],
    output: [{ name: 'origin', type: int }],
    totals: { files: 3, rows: 3000, bytes: 3072, fromMs: 0, untilMs: 1000, secondsEstimated: 0.5 },
    notes: [{ level: 'warning', about: 'flights', text: '12 ties are decided by the file layout only' }],
    ...parts,
  }
}

describe('planText', () => {
  it('says what is read, joined and written', () => {
    expect(planText(planWith(INPUT))).toBe(
      [
        'flight-samples: 3 files, 3,000 rows, 3 KiB, about 0.5 s',
        '',
        'reads',
        '  flights  4 partitions by origin (murmur2)',
        '           history: 2 files (parquet), 3,000 rows, 2 KiB',
        '           event time 1970-01-01T00:00:00Z to 1970-01-01T00:00:01Z',
        '           live: /live/flights, 15 records now, up to 5m out of order, until caught up',
        '           seam: at 2001-06-01T00:00:00Z; 10m before it are compared by flight_id',
        '',
        'joins',
        '  airport  1 file, 10 versions, newest 1970-01-01T00:00:00Z',
        '           on origin; the newest version before the event, readable 1h after its time, at most 30d old',
        '           adds airport__n, airport__mean',
        '',
        'writes',
        '  /out  1 slice of 1d × 4 partitions, parquet, 1 column',
        '        samples are the events of flights',
        '',
        'notes',
        '  warning  flights: 12 ties are decided by the file layout only',
        '',
        'plan f00d, pinned',
        '',
      ].join('\n'),
    )
  })

  it.each([
    [{ stop: 'never' }, /never stops/],
    [{ stop: { 'caught-up': true, hold: true } }, /the rest is held for the next run/],
    [{ stop: '2002-01-01' }, /until event time 2002-01-01T00:00:00Z/],
  ] as const)('says when live stops: %j', (live, expected) => {
    const flights = { ...INPUT.streams.flights!, live: { log: '/live', ...live } }
    expect(planText(planWith({ ...INPUT, streams: { flights } }))).toMatch(expected)
  })

  it('says which topic live is, and for how long its beginning is kept', () => {
    const kafka = { brokers: ['k1:9092', 'k2:9092'], topic: 'flights' }
    const flights = { ...INPUT.streams.flights!, live: { kafka } }
    const plan = planWith({ ...INPUT, streams: { flights } })
    const streams = plan.streams.map(stream => ({ ...stream, live: { ...stream.live!, keptMs: 5_400_000 } }))
    expect(planText({ ...plan, streams })).toContain(
      'live: topic flights of k1:9092, k2:9092, 15 records now, up to 5m out of order, until caught up, kept for another',
    )
  })

  it('says that a seam cannot be proven, or is by offset', () => {
    const { identity: _, ...without } = INPUT.streams.flights!
    expect(planText(planWith({ ...INPUT, streams: { flights: without } }))).toMatch(
      /cannot be proven without `identity`/,
    )
    const byOffset = { ...INPUT.streams.flights!, seam: { by: 'offset' } as const }
    expect(planText(planWith({ ...INPUT, streams: { flights: byOffset } }))).toMatch(/seam: by offset/)
  })

  it('says what is not there as little as it can', () => {
    const { live: _live, seam: _seam, ...history } = INPUT.streams.flights!
    const input = {
      ...INPUT,
      streams: { flights: { ...history, keyEncoding: 'json' as const } },
      features: {},
    }
    const text = planText(planWith(input, { features: [], notes: [], pinned: false }))
    expect(text).not.toMatch(/live|seam|joins|notes/)
    expect(text).toMatch(/murmur2 of json/)
    expect(text).toMatch(/not pinned: a log or store/)
  })

  it('says how a store and other policies are used', () => {
    const features = {
      s: { from: { store: '/store', table: 't' }, on: 'origin', boundary: 'inclusive' as const },
    }
    const text = planText(planWith({ ...INPUT, features }))
    expect(text).toMatch(/table t of \/store, newest/)
    expect(text).toMatch(/the newest version at or before the event\n/)
  })

  it('does not list hundreds of columns', () => {
    const plan = planWith(INPUT)
    const fields = Array.from({ length: 200 }, (_, i) => ({
      name: `c${i}`,
      type: { name: 'int32' } as const,
    }))
    expect(planText({ ...plan, features: [{ ...plan.features[0]!, fields }] })).toMatch(
      /adds 200 columns airport__…/,
    )
  })
})
