/**
 * The embedded log against an array: append, read, search by time, trim, reopen, and a tail torn by a dying writer, in
 * any order. A reader that stays open all the while must see the same as one opened afresh.
 */

import { appendFileSync, readdirSync, statSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  createLog,
  type LiveSource,
  type LogRecord,
  type LogWriter,
  openLogSource,
  openLogWriter,
} from '../../src/live/index.ts'
import { withTempDirectory } from '../harness/index.ts'
import { cases } from './cases.ts'

/** First offset of the log. */
const BEGIN = 1000
/** Header, a record's numbers, key and value of the batch that is torn. */
const TORN_BATCH_BYTES = 40 + 16 + 4 + 200

interface PlainRecord {
  readonly key: string | null
  readonly value: string
  readonly timestampMs: number
}

const record: fc.Arbitrary<PlainRecord> = fc.record({
  key: fc.option(fc.string({ maxLength: 5 })),
  value: fc.string({ maxLength: 60 }),
  timestampMs: fc.integer({ min: -5, max: 40 }),
})

type Step =
  | { readonly do: 'append'; readonly records: readonly PlainRecord[] }
  | { readonly do: 'append-together'; readonly records: readonly PlainRecord[] }
  | { readonly do: 'read'; readonly from: number; readonly bytesMax: number }
  | { readonly do: 'search'; readonly timestampMs: number }
  | { readonly do: 'trim'; readonly share: number }
  | { readonly do: 'reopen' }
  | { readonly do: 'tear'; readonly bytes: number; readonly garbage: Uint8Array }

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('append' as const), records: fc.array(record, { maxLength: 6 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('append-together' as const),
      records: fc.array(record, { maxLength: 5 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('read' as const),
      from: fc.double({ min: 0, max: 1, noNaN: true }),
      bytesMax: fc.constantFrom(1, 200, 1_000_000),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('search' as const),
      timestampMs: fc.integer({ min: -10, max: 45 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('trim' as const),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('reopen' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('tear' as const),
      bytes: fc.integer({ min: 1, max: TORN_BATCH_BYTES - 1 }),
      garbage: fc.uint8Array({ maxLength: 30 }),
    }),
  },
)

/** One partition, the real thing and the array, side by side. */
class Pair {
  readonly model: PlainRecord[] = []
  first = BEGIN
  readonly #directory: string
  #writer: LogWriter
  readonly #follower: LiveSource

  private constructor(directory: string, writer: LogWriter, follower: LiveSource) {
    this.#directory = directory
    this.#writer = writer
    this.#follower = follower
  }

  static async make(directory: string): Promise<Pair> {
    createLog(directory, { partitions: 1, key: ['k'], segmentBytes: 400, offsetFirst: [BEGIN] })
    return new Pair(directory, await openPair(directory), await openLogSource(directory))
  }

  get next(): number {
    return BEGIN + this.model.length
  }

  async apply(step: Step): Promise<void> {
    switch (step.do) {
      case 'append':
        return this.#append([step.records])
      case 'append-together':
        return this.#append(step.records.map(one => [one]))
      case 'read': {
        const from = this.first + Math.floor(step.from * (this.next - this.first))
        return this.#eachSource(async source => {
          const batch = await source.read({ partition: 0, offset: from, bytesMax: step.bytesMax, waitMs: 0 })
          expect(batch.endOffset).toBe(this.next)
          expect(batch.offsetNext).toBe(from + batch.rows)
          if (from < this.next) expect(batch.rows).toBeGreaterThan(0)
          expect(plainOf(batch)).toEqual(this.model.slice(from - BEGIN, from - BEGIN + batch.rows))
          expect([...batch.offset]).toEqual(Array.from({ length: batch.rows }, (_, i) => from + i))
        })
      }
      case 'search': {
        const found = this.model.findIndex(
          (one, i) => BEGIN + i >= this.first && one.timestampMs >= step.timestampMs,
        )
        const expected = found === -1 ? this.next : BEGIN + found
        return this.#eachSource(async source =>
          expect(await source.offsetFor(0, step.timestampMs)).toBe(expected),
        )
      }
      case 'trim':
        return this.#trim(this.first + Math.floor(step.share * (this.next - this.first)))
      case 'reopen':
        return this.#reopen(0)
      case 'tear':
        return this.#tear(step)
    }
  }

  async check(): Promise<void> {
    await this.#eachSource(async source => {
      expect(await source.ends(0)).toEqual({ first: this.first, next: this.next, leaderEpoch: null })
      await expect(
        source.read({ partition: 0, offset: this.next + 1, bytesMax: 1, waitMs: 0 }),
      ).rejects.toMatchObject({
        code: 'offset-out-of-range',
      })
    })
  }

  async close(): Promise<void> {
    await this.#writer.close()
    await this.#follower.close()
  }

  async #append(appends: readonly (readonly PlainRecord[])[]): Promise<void> {
    const promises = appends.map(records => this.#writer.appendTo(0, records.map(rawOf)))
    for (const [i, appended] of (await Promise.all(promises)).entries()) {
      expect(appended).toEqual({ partition: 0, first: this.next, next: this.next + appends[i]!.length })
      this.model.push(...appends[i]!)
    }
  }

  async #trim(before: number): Promise<void> {
    const gone = this.first
    this.first = await this.#writer.trim(0, before)
    expect(this.first).toBeGreaterThanOrEqual(gone)
    expect(this.first).toBeLessThanOrEqual(Math.max(gone, before))
    if (this.first === gone) return
    const fresh = await openLogSource(this.#directory)
    const lost = new RegExp(`^offsets ${gone}…${this.first - 1} are no longer held`)
    await expect(fresh.read({ partition: 0, offset: gone, bytesMax: 1, waitMs: 0 })).rejects.toThrow(lost)
    await fresh.close()
  }

  async #reopen(cutBytes: number): Promise<void> {
    await this.#writer.close()
    this.#writer = await openPair(this.#directory)
    expect(this.#writer.recovered).toEqual(cutBytes === 0 ? [] : [{ partition: 0, cutBytes }])
  }

  /** As a writer that dies in the middle of a batch leaves it: some of the batch, then perhaps nonsense. */
  async #tear({ bytes, garbage }: { bytes: number; garbage: Uint8Array }): Promise<void> {
    await this.#writer.appendTo(0, [rawOf({ key: 'torn', value: 'x'.repeat(200), timestampMs: 99 })])
    await this.#writer.close()
    const path = this.#lastSegment()
    truncateSync(path, statSync(path).size - TORN_BATCH_BYTES + bytes)
    appendFileSync(path, garbage)
    // The follower may not take what is torn for records.
    expect(await this.#follower.ends(0)).toEqual({ first: this.first, next: this.next, leaderEpoch: null })
    this.#writer = await openPair(this.#directory)
    expect(this.#writer.recovered).toEqual([{ partition: 0, cutBytes: bytes + garbage.length }])
  }

  #lastSegment(): string {
    const folder = join(this.#directory, 'partition-0')
    return join(folder, readdirSync(folder).sort().at(-1)!)
  }

  async #eachSource(work: (source: LiveSource) => Promise<void>): Promise<void> {
    await work(this.#follower)
    const fresh = await openLogSource(this.#directory)
    await work(fresh)
    await fresh.close()
  }
}

function openPair(directory: string): Promise<LogWriter> {
  return openLogWriter(directory, { fsync: { intervalMs: 1_000_000 } })
}

function rawOf({ key, value, timestampMs }: PlainRecord): LogRecord {
  return { key: key === null ? null : Buffer.from(key), value: Buffer.from(value), timestampMs }
}

function plainOf(batch: Awaited<ReturnType<LiveSource['read']>>): PlainRecord[] {
  const text = (bytes: Uint8Array, offsets: Int32Array, i: number) =>
    Buffer.from(bytes.subarray(offsets[i], offsets[i + 1])).toString('utf8')
  return Array.from({ length: batch.rows }, (_, i) => ({
    key: batch.keyNull[i] === 1 ? null : text(batch.keyBytes, batch.keyOffsets, i),
    value: text(batch.bytes, batch.valueOffsets, i),
    timestampMs: batch.timestampMs[i]!,
  }))
}

describe('the embedded log', () => {
  it('is an array that survives its writer', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), steps =>
        withTempDirectory(async parent => {
          const pair = await Pair.make(join(parent, 'log'))
          try {
            for (const step of steps) {
              await pair.apply(step)
            }
            await pair.check()
          } finally {
            await pair.close()
          }
        }),
      ),
      // Up to 25 steps each, on real files with real fsyncs.
      cases(250),
    )
  })
})
