/**
 * Decodes what fetches of Kafka brought, in one codec, with our decoder and with @platformatic/kafka's, and prints the
 * figures as one line of JSON:
 *
 *   node decode.ts '{"codec":"lz4","rounds":5}'
 *
 * Values are JSON of 200 bytes, keys 8 bytes, batches 75 records (the producers' default of 16 KiB), fetches 60 batches.
 */

import { createRecordsBatch, Reader, readRecordsBatches } from '@platformatic/kafka'
import { FetchedRecords, RecordDecoder } from '../../src/live/kafka/wire/index.ts'
import { timed, warm } from '../harness/rounds.ts'

export type DecodeCodec = 'none' | 'snappy' | 'lz4' | 'zstd' | 'gzip'

export interface DecodeTask {
  readonly codec: DecodeCodec
  readonly rounds: number
}

export interface DecodeFigure {
  /** Records of a round. */
  readonly records: number
  /** Bytes of the fetches, and of keys and values. */
  readonly wireBytes: number
  readonly plainBytes: number
  /** CPU time of a round, garbage collection included. */
  readonly oursSeconds: number
  readonly theirsSeconds: number
}

const FETCHES = 20
const BATCHES = 60
const RECORDS = 75
const VALUE_BYTES = 200
const KEY_BYTES = 8

/** Half of it is a token that does not compress, so that lz4 makes it about half as long. */
function valueText(i: number): string {
  const user = (i * 7919) % 100_003
  const at = 1_700_000_000_000 + 13 * i
  const head = `{"event_id":${i},"user":"u${user}","item":"item-${(i * 31) % 5003}","at":${at},"token":"`
  let token = ''
  for (let state = i + 1; head.length + token.length < VALUE_BYTES; token += state.toString(36))
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
  return `${`${head}${token}`.slice(0, VALUE_BYTES - 2)}"}`
}

function fetchOf(first: number, compression: DecodeCodec): Uint8Array {
  const batches = Array.from({ length: BATCHES }, (_, b) => {
    const messages = Array.from({ length: RECORDS }, (_, k) => {
      const i = first + b * RECORDS + k
      const key = Buffer.from(String(i).padStart(KEY_BYTES, '0'))
      return { topic: 't', key, value: Buffer.from(valueText(i)), timestamp: BigInt(1_700_000_000_000 + i) }
    })
    const batch = Buffer.from(createRecordsBatch(messages, { compression }).buffer)
    batch.writeBigInt64BE(BigInt(first + b * RECORDS))
    return batch
  })
  return new Uint8Array(Buffer.concat(batches))
}

async function run({ codec, rounds }: DecodeTask): Promise<DecodeFigure> {
  const perFetch = BATCHES * RECORDS
  const records = FETCHES * perFetch
  const fetches = Array.from({ length: FETCHES }, (_, i) => fetchOf(i * perFetch, codec))
  const decoder = new RecordDecoder()
  const ours = async (): Promise<number> => {
    let rows = 0
    for (const [i, bytes] of fetches.entries()) {
      const place = { topic: 't', partition: 0, offset: i * perFetch, endOffset: records }
      const fetched = new FetchedRecords({ ...place, records: bytes, aborted: [] })
      while (!fetched.isDone) rows += decoder.decode(fetched, 1024 * 1024).rows
    }
    return rows
  }
  const theirs = async (): Promise<number> => {
    let rows = 0
    for (const bytes of fetches)
      for (const batch of readRecordsBatches(Reader.from(Buffer.from(bytes.buffer))))
        rows += batch.records.length
    return rows
  }
  const counts = [await ours(), await theirs()]
  if (counts.some(count => count !== records))
    throw new Error(`${counts.join(' and ')} of ${records} records`)
  await warm(ours)
  const oursSeconds = (await timed(ours, rounds)).cpuSeconds / rounds
  await warm(theirs)
  const theirsSeconds = (await timed(theirs, rounds)).cpuSeconds / rounds
  const wireBytes = fetches.reduce((sum, bytes) => sum + bytes.length, 0)
  return { records, wireBytes, plainBytes: records * (KEY_BYTES + VALUE_BYTES), oursSeconds, theirsSeconds }
}

process.stdout.write(`${JSON.stringify(await run(JSON.parse(process.argv[2]!) as DecodeTask))}\n`)
