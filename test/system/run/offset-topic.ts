/**
 * A topic that was archived: files that carry its offsets in their names, and a log that has all of it, so that a seam
 * `by: offset` goes over from the one to the other.
 */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createLog, openLogWriter } from '../../../src/live/index.ts'
import { seededRandom } from './seeded-random.ts'
import type { WorldEvent } from './world.ts'
import { appendEvents, copyToParquet, DISORDER, HOUR, PARTITIONS, partitionOf, START } from './world.ts'

export interface Topic {
  readonly jobFile: string
  /** By partition; the index is the offset. */
  readonly events: readonly (readonly WorldEvent[])[]
}

export interface TopicOptions {
  readonly seed: number
  readonly rows: number
  /** First offsets of the files of a partition, and of what is only live. */
  readonly files: (events: readonly WorldEvent[], partition: number) => readonly number[]
  /** Events that come up to two hours before those of their time: one of so many. Default none. */
  readonly aheadOneOf?: number
}

/** A day of events, out of order by less than the disorder. */
export async function makeTopic(directory: string, options: TopicOptions): Promise<Topic> {
  const random = seededRandom(options.seed)
  const arrival = Array.from({ length: options.rows }, (_, id) => {
    const timeMs = START + 1000 * Math.floor(random() * 86_400)
    const event = { id, key: `k${Math.floor(random() * 40)}`, timeMs, value: id }
    const isAhead = options.aheadOneOf !== undefined && id % options.aheadOneOf === 0
    return { event, at: timeMs + (isAhead ? -2 * HOUR : DISORDER - 1) * random() }
  })
  const inOrder = arrival.toSorted((a, b) => a.at - b.at).map(({ event }) => event)
  createLog(join(directory, 'log'), { partitions: PARTITIONS, key: ['k'] })
  const writer = await openLogWriter(join(directory, 'log'))
  await appendEvents(writer, inOrder)
  await writer.close()
  const events = Array.from({ length: PARTITIONS }, (_, p) =>
    inOrder.filter(event => partitionOf(event) === p),
  )
  for (const [partition, rows] of events.entries()) {
    const starts = options.files(rows, partition)
    for (const [f, first] of starts.slice(0, -1).entries()) {
      await writeFile(directory, partition, first, rows.slice(first, starts[f + 1]))
    }
  }
  const jobFile = join(directory, 'job.yaml')
  writeFileSync(jobFile, JOB)
  return { jobFile, events }
}

/** Name of the file of a partition that has the offsets from `first` up to `end`, without its folder and ending. */
export function topicFile(partition: number, first: number, end: number): string {
  return `events+${partition}+${[first, end - 1].map(offset => String(offset).padStart(10, '0')).join('+')}`
}

async function writeFile(
  directory: string,
  partition: number,
  first: number,
  rows: readonly WorldEvent[],
): Promise<void> {
  const lines = rows.map(event => ({ id: event.id, k: event.key, t: event.timeMs, v: event.value }))
  const name = `history/${topicFile(partition, first, first + rows.length)}`
  await copyToParquet(directory, name, lines, `{id: 'BIGINT', k: 'VARCHAR', t: 'BIGINT', v: 'DOUBLE'}`, 2048)
}

const JOB = `name: offsets
streams:
  events:
    key: [k]
    time: { column: t, unit: ms }
    partitions: ${PARTITIONS}
    disorder: 5m
    history: { files: history/*.parquet }
    live: { log: log, stop: caught-up }
    seam: { by: offset }
output: { directory: out, format: parquet, slice: 6h }
`
