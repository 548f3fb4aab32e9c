/** The live feed: lines become records, in order, as far as the gate is open. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { FeedGate } from '../../../src/demo/append-feed.ts'
import { appendFeed } from '../../../src/demo/append-feed.ts'
import type { LogWriter } from '../../../src/live/index.ts'
import { createLog, openLogSource, openLogWriter } from '../../../src/live/index.ts'

let directory = ''
let writer: LogWriter

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'hindcast-feed-'))
  createLog(join(directory, 'log'), { partitions: 1, key: ['k'] })
  writer = await openLogWriter(join(directory, 'log'))
})

afterEach(async () => {
  await writer.close()
  rmSync(directory, { recursive: true, force: true })
})

function feedFile(lines: readonly string[]): string {
  const path = join(directory, 'feed.tsv')
  writeFileSync(path, lines.map(line => `${line}\n`).join(''))
  return path
}

/** A gate that opens at these times, one after the other, and then closes. */
function gateOf(untils: number[], reached: number[]): FeedGate {
  const left = [...untils]
  let untilMs = left.shift()!
  let isClosed = false
  return {
    recordsPerSecond: Number.POSITIVE_INFINITY,
    get untilMs() {
      return untilMs
    },
    get isClosed() {
      return isClosed
    },
    reached: records => reached.push(records),
    wait: async () => {
      const next = left.shift()
      if (next === undefined) isClosed = true
      else untilMs = next
    },
  }
}

async function logged(): Promise<[number, string, string][]> {
  const source = await openLogSource(join(directory, 'log'))
  const batch = await source.read({ partition: 0, offset: 0, bytesMax: 1 << 24, waitMs: 0 })
  await source.close()
  const text = new TextDecoder()
  return Array.from({ length: batch.rows }, (_, row) => [
    batch.timestampMs[row]!,
    text.decode(batch.keyBytes.subarray(batch.keyOffsets[row], batch.keyOffsets[row + 1])),
    text.decode(batch.bytes.subarray(batch.valueOffsets[row], batch.valueOffsets[row + 1])),
  ])
}

describe('appendFeed', () => {
  it('appends the lines as records, in their order, up to the gate, and tells when it is there', async () => {
    const file = feedFile(['10\ta\t{"x":1}', '20\tb\t{"x":2}', '30\ta\t{"x":3}', '40\tc\t{"x":4}'])
    const reached: number[] = []
    expect(await appendFeed(file, writer, gateOf([20, 21, 40], reached))).toBe(3)
    expect(reached).toEqual([1, 2, 3, 3])
    expect(await logged()).toEqual([
      [10, 'a', '{"x":1}'],
      [20, 'b', '{"x":2}'],
      [30, 'a', '{"x":3}'],
    ])
  })

  it('appends a whole feed that is longer than a read and a batch', async () => {
    const lines = Array.from(
      { length: 9001 },
      (_, i) => `${i}\tkey-${i % 7}\t{"n":${i},"text":"${'é'.repeat(i % 40)}"}`,
    )
    const reached: number[] = []
    expect(await appendFeed(feedFile(lines), writer, gateOf([Number.MAX_SAFE_INTEGER], reached))).toBe(9001)
    expect(reached).toEqual([9001])
    expect((await logged()).map(record => record.join('\t'))).toEqual(lines)
  })

  it.each(['', '12', '12\tkey', 'x\tkey\tvalue', '\tkey\tvalue'])(
    'refuses the line %j and says which',
    async line => {
      const file = feedFile(['10\ta\t{}', line])
      await expect(appendFeed(file, writer, gateOf([100], []))).rejects.toMatchObject({
        code: 'file-corrupt',
        where: { line: 2 },
      })
    },
  )
})
