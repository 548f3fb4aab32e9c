/** What the record decoder says of damaged batches: always what lies before them first, then code and place. */
import { describe, expect, it } from 'vitest'
import { RecordDecoder } from '../../../../../src/live/kafka/wire/index.ts'
import {
  batchBytes,
  int,
  PLAIN_CODECS,
  type PlainBatch,
  recordBytes,
  withCrc,
} from '../../../../property/kafka-batch-bytes.ts'
import { markerBatch } from '../../../../property/kafka-log-twin.ts'
import { batch, fetched, rowsOf } from './few-records.ts'

describe('RecordDecoder and damage', () => {
  const good = batch(40, ['a', 'b'])

  function failureOf(bytes: PlainBatch | Uint8Array): unknown {
    const decoder = new RecordDecoder()
    const cursor = fetched([good, bytes, batch(60, ['z'])], 40)
    // What lies before is handed out first.
    const before = decoder.decode(cursor, 1e9)
    expect(rowsOf(before)).toEqual(['40:a', '41:b'])
    expect(before).toMatchObject({ holes: [], offsetNext: 42 })
    let failure: unknown
    for (let i = 0; i < 2; i++) {
      try {
        decoder.decode(cursor, 1e9)
      } catch (thrown) {
        failure = thrown
        expect(cursor.offsetNext).toBe(42)
      }
    }
    // The decoder is good for other fetches.
    expect(rowsOf(decoder.decode(fetched([good], 40), 1e9))).toEqual(['40:a', '41:b'])
    return failure
  }

  const at42 = { topic: 't', partition: 1, offset: 42 }
  const damage = (message: RegExp) => ({
    code: 'reply-invalid',
    where: at42,
    message: expect.stringMatching(message),
  })

  it('tells every flipped byte', () => {
    const bytes = batchBytes(batch(42, ['value']))
    // The offset, the length and the leader's epoch are outside of the CRC; so is the format, which is looked at.
    for (let at = 16; at < bytes.length; at++) {
      const flipped = bytes.slice()
      flipped[at] ^= 0x10
      expect(failureOf(flipped)).toMatchObject({ code: 'reply-invalid', where: at42 })
    }
    const changed = bytes.slice()
    changed[70] ^= 1
    expect(failureOf(changed)).toMatchObject(damage(/CRC32C/))
  })

  it('tells old formats and codecs that it does not know', () => {
    for (const magic of [0, 1]) {
      const old = batchBytes(batch(42, ['value']))
      old[16] = magic
      expect(failureOf(old)).toMatchObject({ code: 'unsupported', where: at42 })
    }
    const unknown = batchBytes(batch(42, ['value']))
    unknown[22] = 5
    expect(failureOf(withCrc(unknown))).toMatchObject({ code: 'unsupported', where: at42 })
  })

  it('tells offsets that do not follow one another', () => {
    expect(failureOf(batch(41, ['again']))).toMatchObject({ code: 'reply-invalid', where: { offset: 41 } })
    const set = (at: number, bytes: readonly number[]) => {
      const changed = batchBytes(batch(42, ['value']))
      changed.set(bytes, at)
      return withCrc(changed)
    }
    expect(failureOf(set(0, int(-5, 8)))).toMatchObject({ code: 'reply-invalid' })
    expect(failureOf(set(0, int(2n ** 60n, 8)))).toMatchObject({ code: 'reply-invalid' })
    expect(failureOf(set(23, int(-1, 4)))).toMatchObject(damage(/cannot end/))
    const [record] = batch(42, ['x']).records
    const twice = batch(42, ['x', 'y'], { records: [record, record] })
    expect(failureOf(twice)).toMatchObject(damage(/offset/))
    const gapBefore = { ...record, offset: 43 }
    const gapAndTwice = batch(42, ['x', 'y', 'z'], { records: [gapBefore, gapBefore] })
    expect(failureOf(gapAndTwice)).toMatchObject(damage(/offset/))
    const beyond = batch(42, ['x'], { records: [{ ...record, offset: 43 }] })
    expect(failureOf(beyond)).toMatchObject(damage(/offset/))
  })

  it('tells lengths and counts that lie', () => {
    const one = batch(42, ['value'])
    const body = Uint8Array.from(recordBytes(one.records[0], 42, 1000))
    const [length, , , , keyLength, , valueLength] = body.keys()
    const lying = (at: number, byte: number) => {
      const changed = body.slice()
      changed[at] = byte
      return failureOf(batchBytes(one, changed))
    }
    expect(lying(length, 2 * 60)).toMatchObject(damage(/longer than what is left/))
    expect(lying(length, 2 * 9)).toMatchObject(damage(/key or value is longer|ends elsewhere/))
    expect(lying(length, 1)).toMatchObject(damage(/longer than what is left/))
    expect(lying(keyLength, 2 * 60)).toMatchObject(damage(/key or value/))
    expect(lying(valueLength, 2 * 60)).toMatchObject(damage(/key or value/))
    expect(lying(valueLength, 2 * 3)).toMatchObject(damage(/ends elsewhere|headers/))
    expect(lying(body.length - 1, 2)).toMatchObject(damage(/ends elsewhere/))
    const count = (records: number) => failureOf(batchBytes(one, body, records))
    expect(count(-1)).toMatchObject(damage(/cannot have -1 records/))
    expect(count(0)).toMatchObject(damage(/goes on/))
    expect(count(2)).toMatchObject(damage(/cannot have 2 records/))
    expect(count(1_048_576)).toMatchObject(damage(/cannot have 1048576 records/))
    expect(count(2 ** 31 - 1)).toMatchObject({ code: 'limit-passed', where: at42 })
    expect(failureOf(batchBytes(one, Uint8Array.from([...body, ...body]), 1))).toMatchObject(
      damage(/goes on/),
    )
  })

  it('tells a length that no batch has', () => {
    for (const length of [-1, 0, 48]) {
      const bytes = batchBytes(batch(42, ['value']))
      bytes.set(int(length, 4), 8)
      expect(failureOf(bytes)).toMatchObject(damage(/length/))
    }
  })

  it('tells a control record without a type', () => {
    const marker = markerBatch(42, 7, 'abort')
    const short = { ...marker, records: [{ ...marker.records[0], key: Uint8Array.of(0, 0, 0) }] }
    expect(failureOf(short)).toMatchObject(damage(/no type/))
  })

  it('tells data that do not decompress', () => {
    for (const codec of PLAIN_CODECS.filter(name => name !== 'none')) {
      const one = batch(42, ['value '.repeat(50)], { codec })
      const bytes = batchBytes(one)
      const cut = batchBytes(one, bytes.subarray(61, bytes.length - 6))
      expect([codec, failureOf(cut)]).toMatchObject([codec, damage(new RegExp(codec.replace(/-.*/, '')))])
      expect([codec, failureOf(batchBytes(one, new Uint8Array(0)))]).toMatchObject([codec, { where: at42 }])
    }
  })
})
