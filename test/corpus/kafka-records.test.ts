/**
 * Bad bytes from a Kafka broker: bombs give their exact codes in bounded time and memory; of mutants, those that the CRC
 * can see are refused, and those made with a CRC that fits give rows or a typed error, and never rows of an offset twice.
 */
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { HindcastError } from '../../src/errors.ts'
import { FetchedRecords, RecordDecoder } from '../../src/live/kafka/wire/index.ts'
import { spawnProgram } from '../harness/index.ts'
import { cases } from '../property/cases.ts'
import { withCrc } from '../property/kafka-batch-bytes.ts'
import { oneBatch } from '../property/kafka-log-twin.ts'
import type { KafkaBombOutcome } from './kafka-bombs.ts'
import { KAFKA_BOMBS } from './kafka-bombs.ts'

const CHILD = fileURLToPath(new URL('./kafka-bombs.ts', import.meta.url))
/** CPU time of one: 64 MiB through the slowest codec. */
const BOMB_MS_MAX = 3000
/** Twice what the largest of them may take, and what it is made of. */
const RSS_MAX = 1024 * 1024 * 1024

/** First byte that the CRC covers, and the CRC itself before it. */
const CRC_POSITION = 17
const CHECKED_POSITION = 21

/** One for all, as in a lane: damage must leave nothing behind. */
const decoder = new RecordDecoder()

/** Code of the error, or the offsets of the rows. */
function read(bytes: Uint8Array, offset: number): string | number[] {
  const place = { topic: 't', partition: 0, aborted: [], endOffset: offset }
  const fetched = new FetchedRecords({ ...place, offset, records: bytes })
  const offsets: number[] = []
  try {
    while (!fetched.isDone) {
      const batch = decoder.decode(fetched, 1000)
      offsets.push(...batch.offset)
      const covered = batch.holes.reduce((sum, { first, last }) => sum + last - first + 1, batch.rows)
      if (covered !== batch.offsetNext - offset) return `${covered} of ${batch.offsetNext - offset} covered`
      offset = batch.offsetNext
    }
  } catch (thrown) {
    return thrown instanceof HindcastError ? thrown.code : `foreign ${String(thrown)}`
  }
  return offsets
}

describe('bad records of Kafka', () => {
  it('that are bombs give their codes, in bounded time and memory', async () => {
    const ended = await spawnProgram(CHILD, []).ended
    const outcomes = ended.stdout
      .trim()
      .split('\n')
      .map(line => JSON.parse(line) as KafkaBombOutcome)
    const codes = outcomes.map(({ name, code, message }) => ({ name, code, message }))
    expect(codes).toEqual(KAFKA_BOMBS.map(({ name, code }) => ({ name, code, message: expect.any(String) })))
    expect(outcomes.filter(({ ms }) => ms > BOMB_MS_MAX)).toEqual([])
    expect(outcomes.at(-1)?.rssMax).toBeLessThan(RSS_MAX)
    expect(ended.code).toBe(0)
  })

  it('that were changed after they were written are refused', () => {
    fc.assert(
      fc.property(oneBatch, fc.nat(), fc.integer({ min: 1, max: 255 }), (batch, place, change) => {
        const bytes = batch.bytes.slice()
        bytes[CRC_POSITION + (place % (bytes.length - CRC_POSITION))] ^= change
        expect(read(bytes, batch.base)).toBe('reply-invalid')
      }),
      cases(500),
    )
  })

  it('with a CRC that fits give rows that rise, or a typed error', () => {
    const told = { rows: 0, refused: 0 }
    const changes = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), {
      minLength: 1,
      maxLength: 4,
    })
    fc.assert(
      fc.property(oneBatch, changes, (batch, changes) => {
        const bytes = batch.bytes.slice()
        for (const [place, byte] of changes)
          bytes[CHECKED_POSITION + (place % (bytes.length - CHECKED_POSITION))] = byte
        const outcome = read(withCrc(bytes), batch.base)
        if (typeof outcome === 'string') {
          expect(['reply-invalid', 'unsupported', 'limit-passed']).toContain(outcome)
          told.refused++
          return
        }
        expect(outcome.every((offset, i) => i === 0 || offset > outcome[i - 1])).toBe(true)
        told.rows++
      }),
      cases(2000),
    )
    // Mutants of which nearly all or none are refused would prove little.
    const share = told.refused / (told.rows + told.refused)
    expect(share).toBeGreaterThan(0.2)
    expect(share).toBeLessThan(0.95)
  })
})
