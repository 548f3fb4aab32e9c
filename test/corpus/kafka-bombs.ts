/**
 * Answers of a hostile broker, decoded in a process of their own, a line of JSON each:
 *
 *   node kafka-bombs.ts
 */
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { HindcastError } from '../../src/errors.ts'
import { FetchedRecords, parseFetchResponse, RecordDecoder } from '../../src/live/kafka/wire/index.ts'
import type { PlainBatch } from '../property/kafka-batch-bytes.ts'
import {
  batchBytes,
  int,
  lz4Frame,
  recordBytes,
  snappyFramed,
  uvarint,
} from '../property/kafka-batch-bytes.ts'

export interface KafkaBomb {
  readonly name: string
  /** Bytes of records of one partition, from offset 0 on; or of a whole answer. */
  readonly make: () => Uint8Array
  readonly isAnswer?: boolean
  /** Code of the error; null where all is decoded. */
  readonly code: string | null
}

/** What became of a bomb. */
export interface KafkaBombOutcome {
  readonly name: string
  readonly code: string | null
  readonly message: string
  /** CPU time, ms. */
  readonly ms: number
  /** Largest memory of the process so far, bytes. */
  readonly rssMax: number
}

const MIB = 1024 * 1024
const EMPTY: PlainBatch = {
  base: 0,
  last: 0,
  leaderEpoch: 0,
  codec: 'none',
  baseTimestampMs: 0,
  appendTimeMs: null,
  marker: null,
  isTransactional: false,
  producerId: -1,
  records: [],
}

const batch = (codec: PlainBatch['codec'], body: Uint8Array, count: number, last = count - 1) =>
  batchBytes({ ...EMPTY, codec, last }, body, count)

/** One record of so many zero bytes, compressed by a codec at any ratio. */
function zeroRecord(bytes: number): Uint8Array {
  const head = recordBytes(
    { offset: 0, timestampMs: 0, key: null, value: new Uint8Array(0), headers: [] },
    0,
    0,
  )
  // Length, value length and the number of headers are made anew; the value is all zeros.
  const valueLength = uvarint(2 * bytes)
  const inner = [...head.slice(1, 5), ...valueLength]
  const length = uvarint(2 * (inner.length + bytes + 1))
  const record = new Uint8Array(length.length + inner.length + bytes + 1)
  record.set([...length, ...inner])
  return record
}

/** Records of seven bytes: null key, empty value. */
function smallRecords(count: number): Uint8Array {
  const all: number[] = []
  for (let i = 0; i < count; i++)
    all.push(
      ...recordBytes({ offset: i, timestampMs: 0, key: null, value: new Uint8Array(0), headers: [] }, 0, 0),
    )
  return Uint8Array.from(all)
}

const longVarint = (bytes: number) => [...Array(bytes - 1).fill(0x80), 0]
const ratio1000 = () => zeroRecord(63 * MIB)
const beyond = () => zeroRecord(65 * MIB)

export const KAFKA_BOMBS: readonly KafkaBomb[] = [
  { name: 'gzip within the bound', make: () => batch('gzip', gzipSync(ratio1000()), 1), code: null },
  { name: 'zstd within the bound', make: () => batch('zstd', zstdCompressSync(ratio1000()), 1), code: null },
  { name: 'lz4 within the bound', make: () => batch('lz4', lz4Frame([ratio1000()]), 1), code: null },
  { name: 'gzip', make: () => batch('gzip', gzipSync(beyond()), 1), code: 'limit-passed' },
  { name: 'zstd', make: () => batch('zstd', zstdCompressSync(beyond()), 1), code: 'limit-passed' },
  { name: 'lz4', make: () => batch('lz4', lz4Frame([beyond()]), 1), code: 'limit-passed' },
  { name: 'snappy', make: () => batch('snappy', snappyFramed([beyond()]), 1), code: 'limit-passed' },
  {
    name: 'zstd of a gibibyte',
    make: () => batch('zstd', zstdCompressSync(new Uint8Array(1024 * MIB)), 1),
    code: 'limit-passed',
  },
  {
    name: 'zstd of two frames of half the bound and one byte',
    make: () => {
      const half = zstdCompressSync(new Uint8Array(32 * MIB))
      return batch('zstd', Buffer.concat([half, half, zstdCompressSync(Buffer.of(0))]), 1)
    },
    code: 'limit-passed',
  },
  {
    name: 'zstd of a thousand frames',
    make: () => batch('zstd', Buffer.concat(Array(1000).fill(zstdCompressSync(Buffer.of(0)))), 1),
    code: 'limit-passed',
  },
  {
    name: 'snappy that says four gigabytes',
    make: () => batch('snappy', Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x0f, 0, 0), 1),
    code: 'reply-invalid',
  },
  {
    name: 'snappy of 70,000 empty blocks',
    make: () => {
      const blocks = Buffer.alloc(5 * 70_000)
      for (let at = 3; at < blocks.length; at += 5) blocks[at] = 1
      return batch('snappy', Buffer.concat([snappyFramed([]), blocks]), 1)
    },
    code: 'limit-passed',
  },
  {
    name: 'lz4 of empty blocks that may hold four megabytes each',
    make: () => {
      const blocks = Array.from({ length: 10_000 }, () => [1, 0, 0, 0, 0])
      return batch(
        'lz4',
        Uint8Array.from([0x04, 0x22, 0x4d, 0x18, 0x60, 0x70, 0, ...blocks.flat(), 0, 0, 0, 0]),
        1,
      )
    },
    code: 'reply-invalid',
  },
  { name: '2^31 records', make: () => batch('none', smallRecords(3), 2 ** 31 - 1), code: 'limit-passed' },
  {
    name: 'a million records in 21 bytes',
    make: () => batch('none', smallRecords(3), 1_000_000),
    code: 'reply-invalid',
  },
  {
    name: 'a million records of seven bytes in zstd',
    make: () => batch('zstd', zstdCompressSync(new Uint8Array(7 * 1_048_576)), 1_048_576),
    code: 'reply-invalid',
  },
  {
    name: 'ten thousand holes',
    make: () => {
      const every = Array.from({ length: 10_000 }, (_, i) =>
        recordBytes({ offset: 2 * i, timestampMs: 0, key: null, value: null, headers: [] }, 0, 0),
      )
      return batch('none', Uint8Array.from(every.flat()), 10_000, 19_999)
    },
    code: null,
  },
  {
    name: 'a record length of 11 bytes',
    make: () => batch('none', Uint8Array.from([...longVarint(11), ...Array(20).fill(0)]), 1),
    code: 'reply-invalid',
  },
  {
    name: 'a time of 11 bytes',
    make: () => batch('none', Uint8Array.from([32, 0, ...longVarint(11), 0, 1, 0, 0]), 1),
    code: 'reply-invalid',
  },
  {
    name: 'a value length of 2^31 − 1',
    make: () => batch('none', Uint8Array.from([20, 0, 0, 0, 1, ...uvarint(2 ** 32 - 2), 0]), 1),
    code: 'reply-invalid',
  },
  {
    name: '2^31 headers',
    make: () => batch('none', Uint8Array.from([20, 0, 0, 0, 1, 0, ...uvarint(2 ** 32 - 2)]), 1),
    code: 'reply-invalid',
  },
  {
    name: 'a batch length of 2^31 − 1',
    make: () => {
      const bytes = batch('none', smallRecords(1), 1)
      bytes.set(int(2 ** 31 - 1, 4), 8)
      return bytes
    },
    // Cut, as far as the bytes tell: the next fetch must bring more.
    code: null,
  },
  {
    name: 'an answer of 2^32 topics',
    make: () => Uint8Array.from([...int(0, 10), ...uvarint(2 ** 32 - 1), 0]),
    isAnswer: true,
    code: 'reply-invalid',
  },
  {
    name: 'an answer of 2^32 tags',
    make: () => Uint8Array.from([...int(0, 10), 1, ...uvarint(2 ** 32 - 1), ...Array(1000).fill(0)]),
    isAnswer: true,
    code: 'reply-invalid',
  },
]

function read(bytes: Uint8Array, isAnswer: boolean): void {
  if (isAnswer) {
    parseFetchResponse(bytes, 12)
    return
  }
  const place = { topic: 't', partition: 0, offset: 0, aborted: [], endOffset: 1 }
  const fetched = new FetchedRecords({ ...place, records: bytes })
  const decoder = new RecordDecoder()
  while (!fetched.isDone) decoder.decode(fetched, MIB)
}

function outcomeOf({ name, make, isAnswer }: KafkaBomb): KafkaBombOutcome {
  const bytes = make()
  const began = process.cpuUsage()
  let code: string | null = null
  let message = ''
  try {
    read(bytes, isAnswer ?? false)
  } catch (thrown) {
    code = thrown instanceof HindcastError ? thrown.code : 'foreign'
    message = String(thrown)
  }
  const { user, system } = process.cpuUsage(began)
  return { name, code, message, ms: (user + system) / 1000, rssMax: process.resourceUsage().maxRSS * 1024 }
}

if (import.meta.main) for (const bomb of KAFKA_BOMBS) console.log(JSON.stringify(outcomeOf(bomb)))
