/**
 * Rows of what kafkajs decodes, against the model of a partition: whatever the log, the offset asked for and where fetches
 * end, they are the committed records; the filter of kafkajs itself fails the same logs.
 */
import { createRequire } from 'node:module'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import type { KafkajsPartition, KafkajsRecord } from '../../src/live/kafkajs/fetch-reply.ts'
import { fetchedRows } from '../../src/live/kafkajs/fetched-rows.ts'
import { loadKafkajs } from '../../src/live/kafkajs/load-kafkajs.ts'
import type { FetchedRows } from '../../src/live/record-columns.ts'
import { cases } from './cases.ts'
import type { ModelLog } from './kafka-log-twin.ts'
import { answerOf, logOf, logSteps, readOf } from './kafka-log-twin.ts'

const require = createRequire(import.meta.url)
/** As it decodes the records of a fetch, and what it makes of them. */
const Decoder = require('kafkajs/src/protocol/decoder.js') as new (bytes: Buffer) => object
const decodeMessages = require('kafkajs/src/protocol/requests/fetch/v4/decodeMessages.js') as (
  decoder: object,
) => Promise<KafkajsRecord[]>
const Batch = require('kafkajs/src/consumer/batch.js') as new (
  topic: string,
  offset: string,
  answer: KafkajsPartition,
) => { readonly messages: readonly KafkajsRecord[] }

const WHOLE = 2 ** 30

/** What kafkajs gives for a fetch; a broker sends the first batch whole, however long it is. */
async function fetchOf(log: ModelLog, offset: number, bytesMax: number): Promise<KafkajsPartition> {
  const first = log.batches.find(({ last }) => last >= offset)?.bytes.length ?? 0
  const { records, aborted } = answerOf(log, offset, Math.max(first, bytesMax))
  const sized = Buffer.alloc(4 + records.length)
  sized.writeInt32BE(records.length)
  sized.set(records, 4)
  return {
    partition: 0,
    highWatermark: String(log.endOffset),
    lastStableOffset: String(log.endOffset),
    abortedTransactions: aborted.map(({ producerId, firstOffset }) => ({
      producerId: String(producerId),
      firstOffset: String(firstOffset),
    })),
    messages: await decodeMessages(new Decoder(sized)),
  }
}

type Row = readonly [offset: number, timestampMs: number, key: string | null, value: string | null]

function rowsOf(fetched: FetchedRows): Row[] {
  const { rows, offset, timestampMs, keyNull, keyBytes, keyOffsets, valueNull, bytes, valueOffsets } = fetched
  const text = (arena: Uint8Array, ends: Int32Array, i: number) =>
    Buffer.from(arena.subarray(ends[i], ends[i + 1])).toString('hex')
  return Array.from({ length: rows }, (_, i) => [
    offset[i]!,
    timestampMs[i]!,
    keyNull[i] === 1 ? null : text(keyBytes, keyOffsets, i),
    valueNull[i] === 1 ? null : text(bytes, valueOffsets, i),
  ])
}

/** Reads a log from `offset` on, as a source does, to its end or to where kafkajs shows nothing of what is left. */
async function readAll(log: ModelLog, offset: number, fetches: readonly number[]): Promise<Row[]> {
  const rows: Row[] = []
  let next = offset
  const end = log.batches.at(-1)?.last ?? -1
  for (let i = 0; next <= end; i++) {
    const fetched = fetchedRows(await fetchOf(log, next, fetches[i % fetches.length]!), next)
    const all = fetched.offsetNext > next ? fetched : fetchedRows(await fetchOf(log, next, WHOLE), next)
    if (all.offsetNext === next) break
    expect(all.leaderEpoch).toBe(3)
    rows.push(...rowsOf(all))
    next = all.offsetNext
  }
  return rows
}

describe('rows of what kafkajs decodes', () => {
  beforeAll(async () => {
    await loadKafkajs()
  })

  it('are the committed records, however the log is cut', async () => {
    const hex = (bytes: Uint8Array | null) => (bytes === null ? null : Buffer.from(bytes).toString('hex'))
    const bytesMax = fc.oneof(fc.integer({ min: 1, max: 700 }), fc.constant(WHOLE))
    await fc.assert(
      fc.asyncProperty(
        logSteps,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.array(bytesMax, { minLength: 1, maxLength: 5 }),
        async (steps, share, fetches) => {
          const log = logOf(steps)
          const first = log.batches[0]?.base ?? log.endOffset
          const offset = first - 2 + Math.floor(share * (log.endOffset + 2 - first))
          const expected = readOf(log, offset).rows.map(
            ({ offset, timestampMs, key, value }): Row => [offset, timestampMs, hex(key), hex(value)],
          )
          expect(await readAll(log, offset, fetches)).toEqual(expected)
        },
      ),
      cases(400),
    )
  })

  it('would be more with the filter of kafkajs itself', async () => {
    let leaks = 0
    await fc.assert(
      fc.asyncProperty(logSteps, async steps => {
        const log = logOf(steps)
        const offset = log.batches[0]?.base ?? log.endOffset
        const { messages } = new Batch('t', String(offset), await fetchOf(log, offset, WHOLE))
        const committed = new Set(readOf(log, offset).rows.map(row => String(row.offset)))
        if (messages.some(message => !committed.has(message.offset))) leaks++
      }),
      { ...cases(300), seed: 1 },
    )
    expect(leaks).toBeGreaterThan(0)
  })
})
