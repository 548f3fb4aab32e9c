/**
 * How fast do the values of live records become columns? 200 B events of 6 columns, as JSON, Avro and Protobuf, in
 * batches of about 1 MiB as a fetch brings them. The aim for JSON is 350,000 records/s a lane.
 */

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import protobuf from 'protobufjs'
import type { Schema } from '../../src/core/batch/index.ts'
import type { ValueFormat } from '../../src/job/index.ts'
import type { RecordBatch } from '../../src/live/index.ts'
import { createValueDecoder } from '../../src/live/index.ts'
import { rate, runStage } from './stage.ts'

const ROWS = 100_000
const BATCH_ROWS = 5000
const PAD = 'x'.repeat(96)

const SCHEMA: Schema = [
  { name: 'id', type: { name: 'int64' } },
  { name: 'at', type: { name: 'timestamp', unit: 'ms', utc: true } },
  { name: 'user', type: { name: 'utf8' } },
  { name: 'price', type: { name: 'float64' } },
  { name: 'count', type: { name: 'int32' } },
  { name: 'note', type: { name: 'utf8' } },
]

const AVRO = JSON.stringify({
  type: 'record',
  name: 'Event',
  fields: [
    { name: 'id', type: 'long' },
    { name: 'at', type: { type: 'long', logicalType: 'timestamp-millis' } },
    { name: 'user', type: ['null', 'string'] },
    { name: 'price', type: 'double' },
    { name: 'count', type: 'int' },
    { name: 'note', type: 'string' },
  ],
})

const PROTO = `syntax = "proto3"; message Event {
  int64 id = 1; int64 at = 2; string user = 3; double price = 4; int32 count = 5; string note = 6; }`

interface Event {
  readonly id: number
  readonly at: number
  readonly user: string
  readonly price: number
  readonly count: number
  readonly note: string
}

const EVENTS: readonly Event[] = Array.from({ length: ROWS }, (_, i) => ({
  id: 1_000_000_000 + i,
  at: 1_700_000_000_000 + 7 * i,
  user: `user-${i % 1000}`,
  price: Math.round((i % 977) * 1.37 * 100) / 100,
  count: i % 100,
  note: PAD,
}))

function batchesOf(values: readonly Uint8Array[]): RecordBatch[] {
  const batches: RecordBatch[] = []
  for (let first = 0; first < values.length; first += BATCH_ROWS) {
    const part = values.slice(first, first + BATCH_ROWS)
    const valueOffsets = new Int32Array(part.length + 1)
    for (const [i, value] of part.entries()) valueOffsets[i + 1] = valueOffsets[i]! + value.length
    batches.push({
      partition: 0,
      rows: part.length,
      offset: Float64Array.from(part, (_, i) => first + i),
      timestampMs: new Float64Array(part.length),
      bytes: new Uint8Array(Buffer.concat(part)),
      valueOffsets,
      keyBytes: new Uint8Array(0),
      keyOffsets: new Int32Array(part.length + 1),
      keyNull: new Uint8Array(part.length).fill(1),
      holes: [],
      offsetNext: first + part.length,
      endOffset: values.length,
    })
  }
  return batches
}

function varint(value: number): number[] {
  const bytes: number[] = []
  let rest = value
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128)
  return [...bytes, rest]
}

function avroOf({ id, at, user, price, count, note }: Event): Uint8Array {
  const real = Buffer.alloc(8)
  real.writeDoubleLE(price)
  const text = (value: string) => [...varint(2 * value.length), ...Buffer.from(value)]
  return Uint8Array.from([
    ...varint(2 * id),
    ...varint(2 * at),
    2,
    ...text(user),
    ...real,
    ...varint(2 * count),
    ...text(note),
  ])
}

async function measured(what: string, format: ValueFormat, values: readonly Uint8Array[], best: string) {
  const decoder = createValueDecoder(format, SCHEMA)
  const batches = batchesOf(values)
  const rowsPerSecond = await rate(ROWS, async () => {
    for (const batch of batches) {
      await decoder.prepare(batch)
      const { rows } = decoder.decode(batch).batch
      if (rows !== batch.rows) throw new Error(`${rows} of ${batch.rows} records were decoded`)
    }
  })
  await decoder.close()
  const bytes = values.reduce((sum, value) => sum + value.length, 0) / values.length
  return { what: `${what}, 6 columns, ${Math.round(bytes)} B`, rowsPerSecond, best }
}

function schemaFile(directory: string, name: string, text: string): string {
  mkdirSync(directory, { recursive: true })
  const path = join(directory, name)
  writeFileSync(path, text)
  return path
}

await runStage(async task => {
  const avro = schemaFile(task.cache, 'event.avsc', AVRO)
  const proto = schemaFile(task.cache, 'event.proto', PROTO)
  const type = protobuf.parse(PROTO, { keepCase: true }).root.lookupType('Event')
  return [
    await measured(
      'JSON',
      { kind: 'json' },
      EVENTS.map(event => Buffer.from(JSON.stringify(event))),
      '0.35 asked for',
    ),
    await measured('Avro', { kind: 'avro', schema: { from: 'file', path: avro } }, EVENTS.map(avroOf), '–'),
    await measured(
      'Protobuf',
      { kind: 'protobuf', schema: { from: 'proto', path: proto, message: 'Event' } },
      EVENTS.map(event => type.encode(type.fromObject(event)).finish()),
      '–',
    ),
  ]
})
