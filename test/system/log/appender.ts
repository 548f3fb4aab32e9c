/**
 * A program that appends to an embedded log until it is killed, for the tests of this directory.
 *
 *     appender.ts DIR SEED [RECORDS]     RECORDS: close cleanly after so many in each partition
 *
 * The value of a record is `<its offset>/<padding>`. On stdout, one line each and written before anything else happens:
 * `open P:NEXT …` and `cut P:BYTES …` of what was recovered, then `try P FIRST NEXT` before an append and `ack P FIRST NEXT` after it.
 */
import { writeSync } from 'node:fs'
import { openLogWriter } from '../../../src/live/index.ts'
import { randomFrom } from './random.ts'

const [directory = '', seed = '0', records = 'Infinity'] = process.argv.slice(2)
const random = randomFrom(Number(seed))
const writer = await openLogWriter(directory)
const partitions = Array.from({ length: writer.meta.partitions }, (_, partition) => partition)
const next = partitions.map(partition => writer.ends(partition).next)
say(`open ${next.map((offset, partition) => `${partition}:${offset}`).join(' ')}`)

say(`cut ${writer.recovered.map(({ partition, cutBytes }) => `${partition}:${cutBytes}`).join(' ')}`)

/** Appends of all sizes, two on their way at once, so that batches are written together. */
async function appendTo(partition: number): Promise<void> {
  let before: Promise<unknown> = Promise.resolve()
  while (next[partition]! < Number(records)) {
    const count = Math.min(1 + Math.floor(random() * 40), Number(records) - next[partition]!)
    const padding = 'p'.repeat(random() < 0.2 ? 20_000 : random() * 200)
    const first = next[partition]!
    next[partition] = first + count
    const batch = Array.from({ length: count }, (_, i) => ({
      key: null,
      value: Buffer.from(`${first + i}/${padding}`),
      timestampMs: first + i,
    }))
    say(`try ${partition} ${first} ${first + count}`)
    const append = writer.appendTo(partition, batch).then(appended => {
      if (appended.first !== first) throw new Error(`wanted offset ${first}, got ${appended.first}`)
      say(`ack ${partition} ${first} ${appended.next}`)
    })
    await before
    before = append
  }
  await before
}

await Promise.all(partitions.map(appendTo))
await writer.close()
say('closed')

function say(line: string): void {
  const bytes = Buffer.from(`${line}\n`)
  for (let at = 0; at < bytes.length; ) at += writeSync(1, bytes, at)
}
