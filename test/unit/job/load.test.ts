import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import type { Job } from '../../../src/job/index.ts'
import { loadJob } from '../../../src/job/index.ts'
import { FEATURE, GOOD, LIVE, refusal, SEAM, useDirectory } from './refusal.ts'

const directory = useDirectory()

function load(text: string, env: Record<string, string> = {}): Promise<Job> {
  return loadJob(directory.write(text), { env })
}

describe('loadJob', () => {
  it('reads the example: everything that a job can say', async () => {
    const job = await loadJob(fileURLToPath(new URL('../../../config/example-job.yaml', import.meta.url)))
    expect(job.name).toBe('flight-samples')
    expect(job.streams[0]).toMatchObject({
      name: 'flights',
      key: ['origin'],
      partitions: 4,
      disorderMs: 300_000,
      history: { fromMs: Date.UTC(2001, 0), untilMs: Date.UTC(2001, 5) },
      live: { idleAfterMs: 30_000, stop: { kind: 'caught-up', hold: false } },
      seam: { by: 'time', atMs: Date.UTC(2001, 5), overlapMs: 600_000, beforeSeam: 'side' },
    })
    expect(job.features[0]).toMatchObject({
      name: 'airport',
      maxAgeMs: 365 * 86_400_000,
      boundary: 'exclusive',
    })
    expect(job.limits).toEqual({ memoryBytes: 2 ** 30, lanes: 2, quarantineShare: 0.001 })
  })

  it('fills in every default', async () => {
    const { limits, ...job } = await load(FEATURE)
    expect(job).toEqual({
      name: 'j',
      samples: 's',
      streams: [
        {
          name: 's',
          key: ['k'],
          keyEncoding: 'text',
          partitioner: 'murmur2',
          time: { column: 't', unit: 'ms' },
          partitions: 1,
          disorderMs: 0,
          identity: [],
          tieBreak: [],
          order: 'time',
          late: 'side',
          maxFutureMs: 3_600_000,
          columns: [],
          history: {
            files: [directory.path('data/*.parquet')],
            csv: { delimiter: ',', header: true, null: '' },
            badRows: 'quarantine',
          },
        },
      ],
      features: [
        {
          name: 'f',
          from: {
            kind: 'files',
            files: [directory.path('f/*.parquet')],
            key: ['k'],
            time: { column: 'at', unit: 'ms' },
            columns: ['v'],
          },
          on: ['k'],
          boundary: 'exclusive',
          lagMs: 0,
          waitMs: 0,
          beyond: 'unavailable',
          maxUnavailable: 0,
        },
      ],
      output: { directory: directory.path('out'), format: 'parquet', sliceMs: 86_400_000, columns: null },
    })
    expect(limits).toMatchObject({ memoryBytes: 2 ** 30, quarantineShare: 0.001 })
    expect(limits.lanes).toBeGreaterThanOrEqual(1)
  })

  it('reads JSON as well', async () => {
    const file = directory.write(
      '{\n\t"name": "j",\n\t"streams": { "s": { "key": "k", "time": { "column": "t" }, "live": { "log": "/l" }, "columns": { "k": "utf8", "t": "date" } } }\n}',
      'job.json',
    )
    expect((await loadJob(file)).streams[0]!.live).toEqual({
      place: { kind: 'log', directory: '/l' },
      stop: { kind: 'caught-up', hold: false },
      spool: false,
    })
  })

  it('sorts streams by name and keeps the order of features', async () => {
    const stream = '{ key: k, time: { column: t }, history: { files: x } }'
    const feature = '{ on: k, from: { store: d, table: t } }'
    const job = await load(
      `name: j\nsamples: a\nstreams: { b: ${stream}, B: ${stream}, a: ${stream} }\nfeatures: { z: ${feature}, a: ${feature} }\n`,
    )
    expect(job.streams.map(s => s.name)).toEqual(['B', 'a', 'b'])
    expect(job.features.map(f => f.name)).toEqual(['z', 'a'])
  })

  it('takes the seam as the end of history and an overlap as large as the disorder', async () => {
    const job = await load(SEAM.replace('key: [k]', 'key: [k]\n    disorder: 1h'))
    expect(job.streams[0]!.history!.untilMs).toBe(Date.UTC(2001, 5))
    expect(job.streams[0]!.seam).toMatchObject({ overlapMs: 3_600_000 })
  })

  it.each([
    ['never', { kind: 'never' }],
    ['caught-up', { kind: 'caught-up', hold: false }],
    ['{ caught-up: true, hold: true }', { kind: 'caught-up', hold: true }],
    ['2001-06-02', { kind: 'instant', atMs: Date.UTC(2001, 5, 2) }],
  ])('reads stop: %s', async (text, stop) => {
    const job = await load(SEAM.replace('log: log', `log: log, stop: ${text}`))
    expect(job.streams[0]!.live!.stop).toEqual(stop)
  })

  it('reads CSV settings, null included', async () => {
    const job = await load(
      GOOD.replace('files:', 'csv: { delimiter: "\\t", header: false, null: "NULL" }, files:'),
    )
    expect(job.streams[0]!.history!.csv).toEqual({ delimiter: '\t', header: false, null: 'NULL' })
  })

  it('keeps a column named __proto__', async () => {
    const job = await load(LIVE.replace('k: utf8', 'k: utf8, __proto__: int8'))
    expect(job.streams[0]!.columns.map(c => c.name)).toEqual(['k', '__proto__', 't'])
  })

  it('reads a file: URI', async () => {
    expect(
      (await load(GOOD.replace('data/*.parquet', 'file:///d/*.csv'))).streams[0]!.history!.files,
    ).toEqual(['/d/*.csv'])
  })
})

describe('several problems are told together', () => {
  it('in the order of the file, with the place of the first', async () => {
    const text = GOOD.replace('unit: ms', 'unit: m').replace('name: j', 'name: j\nsampels: s')
    const error = await refusal(load(text))
    const file = directory.path('job.yaml')
    expect(error.code).toBe('job-invalid')
    expect(error.message.split('\n')).toEqual([
      `2 problems in ${file}`,
      expect.stringMatching(/^ {2}line 2: sampels: unknown key; .* Did you mean "samples"\?$/),
      '  line 6: streams.s.time.unit: given "m", expected one of s, ms, us, ns. Did you mean "ms"?',
    ])
    expect(error.where).toEqual({ uri: file, line: 2, path: 'sampels' })
  })

  it('as unsupported if that is all that is wrong, else as job-invalid', async () => {
    const parts = `${GOOD}transform: x\nwindows: {}\n`
    expect((await refusal(load(parts))).code).toBe('unsupported')
    const both = await refusal(load(`${parts}limits: { lanes: 0 }\n`))
    expect(both.code).toBe('job-invalid')
    expect(both.message).toMatch(/not built yet[\s\S]*expected a whole number/)
  })

  it('rules between parts included, beside parts that are not built yet', async () => {
    const error = await refusal(
      load(`${SEAM.replace('seam:', 'x-seam:').replace(/ {4}x-seam.*\n/, '')}transform: x\n`),
    )
    expect(error.message).toMatch(/no `seam`[\s\S]*`transform` is not built yet/)
  })

  it('but not a thousand of them', async () => {
    const keys = Array.from({ length: 1000 }, (_, i) => `x${i}: 1`).join('\n')
    const error = await refusal(load(`${GOOD}${keys}\n`))
    expect(error.message.split('\n')).toHaveLength(22)
    expect(error.message).toMatch(/and 980 more$/)
  })
})

describe('a job file that cannot be read', () => {
  it.each([
    ['is missing', () => directory.path('nope.yaml'), /cannot be read: ENOENT/, /Check the path/],
    ['is a folder', () => directory.path('.'), /cannot be read: EISDIR/, /Check the path/],
    ['is a program', () => directory.write('export default {}', 'job.ts'), /is a program/, /defineJob/],
    ['is empty', () => directory.write('', 'empty.yaml'), /is empty/, /example-job/],
    ['is broken', () => directory.write('a: [', 'broken.yaml'), /line 1/, /example-job/],
    [
      'has a reference without quotes',
      () => directory.write(`a: { b: \${env:X}/a }`, 'ref.yaml'),
      /line 1/,
      /quotes/,
    ],
    ['is a scalar', () => directory.write('hello', 'scalar.yaml'), /given "hello", expected a job/, /^$/],
    [
      'is a plan',
      () => directory.write('{ "version": 1, "hash": "x", "plannedAtMs": 1 }', 'plan.json'),
      /is a plan, not a job/,
      /--plan/,
    ],
  ])('%s', async (_what, file, message, advice = /^$/) => {
    const path = file()
    const error = await refusal(loadJob(path))
    expect(error.message).toMatch(message)
    expect(error.advice).toMatch(advice)
    expect(error.where.uri).toBe(path)
    expect(['job-unreadable', 'job-invalid']).toContain(error.code)
  })

  it('is not UTF-8', async () => {
    const file = directory.write(Uint8Array.of(0x6e, 0x3a, 0x20, 0xe9, 0x0a), 'latin1.yaml')
    expect(await refusal(loadJob(file))).toMatchObject({
      code: 'job-unreadable',
      message: expect.stringMatching(/UTF-8/),
    })
  })

  it('is far too large', async () => {
    const file = directory.write(`# ${'x'.repeat(5 * 1024 * 1024)}`, 'large.yaml')
    expect(await refusal(loadJob(file))).toMatchObject({
      code: 'job-unreadable',
      message: expect.stringMatching(/at most/),
    })
  })
})
