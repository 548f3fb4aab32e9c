/** A topic as the output: defaults, what goes together, and that no secret becomes part of the job. */
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { loadJob } from '../../../src/job/index.ts'
import { describeRefusals, GOOD, useDirectory } from './refusal.ts'

const directory = useDirectory()
/** The message says it all. */
const NO_ADVICE = /^(Change .* and plan again\.)?$/

const job = (more: string, output = ''): string =>
  `${GOOD}output: { kafka: { brokers: ["b:9092"], topic: t${more} }${output} }\n`

describe('a topic as output', () => {
  it('takes samples exactly once, as JSON, keyed by the key of the stream, from no other run', async () => {
    const { output } = await loadJob(directory.write(job('')))
    expect(output).toMatchObject({ directory: directory.path('out'), sliceMs: 86_400_000, columns: null })
    expect(output.kafka).toEqual({
      brokers: ['b:9092'],
      topic: 't',
      value: 'json',
      delivery: 'exactly-once',
      key: null,
      append: false,
    })
    expect(output.publish).toBeUndefined()
  })

  it('keeps what is said', async () => {
    const more = ', delivery: at-least-once, key: [k, f], late: l, quarantine: q, append: true, value: json'
    const { output } = await loadJob(
      directory.write(job(more, ', directory: runs/a, slice: 1h, columns: [k, t]')),
    )
    expect(output).toMatchObject({
      directory: directory.path(join('runs', 'a')),
      sliceMs: 3_600_000,
      columns: ['k', 't'],
      kafka: { delivery: 'at-least-once', key: ['k', 'f'], late: 'l', quarantine: 'q', append: true },
    })
  })

  it('keeps the reference to a secret, not the secret', async () => {
    const sasl = ', sasl: { mechanism: SCRAM-SHA-512, username: u, password: "$' + '{env:PASSWORD}" }'
    const loaded = await loadJob(directory.write(job(sasl)), { env: { PASSWORD: 'hunter2' } })
    expect(JSON.stringify(loaded)).not.toContain('hunter2')
    expect(loaded.output.kafka?.sasl?.password).toBe('$' + '{env:PASSWORD}')
  })
})

describeRefusals('unsupported', [
  [
    'a format that is not built',
    job(', value: avro'),
    'output.kafka.value:7',
    /not built yet/,
    /value: json/,
  ],
])

describeRefusals('job-invalid', [
  ['late among the samples', job(', late: t'), 'output.kafka.late:7', /a topic of its own/, NO_ADVICE],
  [
    'late among the positions',
    job(', late: t.hindcast'),
    'output.kafka.late:7',
    /a topic of its own/,
    NO_ADVICE,
  ],
  [
    'a name that is none',
    job(', quarantine: "a b"'),
    'output.kafka.quarantine:7',
    /the name of a topic/,
    NO_ADVICE,
  ],
  [
    'a name that leaves no room for .hindcast',
    job('').replace('topic: t', `topic: ${'t'.repeat(245)}`),
    'output.kafka.topic:7',
    /at most 240/,
    NO_ADVICE,
  ],
  ['a remote directory', job('', ', directory: "s3://b/p"'), 'output.directory:7', /a local path/, /./],
])
