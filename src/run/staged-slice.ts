/**
 * One partition of a sealed slice as it lies in the run's directory, to be sent to a topic: its samples from any row on,
 * and the lines of what was set aside.
 */

import { createReadStream, existsSync } from 'node:fs'
import { join } from 'node:path'
import { sliceBatch } from '../core/batch/index.ts'
import type { KafkaOutputJob } from '../job/index.ts'
import type { PartitionSlice } from '../lanes/index.ts'
import type { Plan } from '../plan/index.ts'
import { sliceName } from '../plan/index.ts'
import type { Delivery, SampleEncoder, SampleRecords } from '../sinks/index.ts'
import { readSamples } from '../sinks/index.ts'

/** Lines that become records at once. */
const LINES = 1000

export interface StagedSlice {
  readonly directory: string
  readonly plan: Plan
  readonly kafka: KafkaOutputJob
  /** Start of the slice, ms. */
  readonly slice: number
  readonly part: PartitionSlice
}

/** Makes the records of texts; from sinks/kafka, which is loaded when it is needed. */
export type TextRecords = (
  texts: readonly { readonly key: null; readonly value: string; readonly timestampMs: number }[],
) => SampleRecords

/** Whether anything of it goes to a topic. */
export function isSent(staged: StagedSlice): boolean {
  return staged.part.rows > 0 || asideFiles(staged).length > 0
}

/** What `encoder` and `toRecords` make of it; nothing is read before it is asked for. */
export function deliveryOf(staged: StagedSlice, encoder: SampleEncoder, toRecords: TextRecords): Delivery {
  const { directory, plan, slice, part } = staged
  return {
    slice,
    of: part.rows,
    digest: part.digest,
    rowsFrom: row => rowsFrom(join(directory, part.path!), plan, encoder, row),
    aside: asideFiles(staged).map(({ topic, path }) => ({
      topic,
      records: () => lineRecords(path, toRecords),
    })),
  }
}

async function* rowsFrom(
  path: string,
  plan: Plan,
  encoder: SampleEncoder,
  first: number,
): AsyncGenerator<SampleRecords> {
  let at = 0
  for await (const batch of readSamples(path, plan.output)) {
    const skipped = Math.min(Math.max(first - at, 0), batch.rows)
    at += batch.rows
    if (skipped === batch.rows) continue
    yield encoder.encode(skipped === 0 ? batch : sliceBatch(batch, skipped, batch.rows))
  }
}

function asideFiles({ directory, kafka, slice, part }: StagedSlice): { topic: string; path: string }[] {
  const folders = [
    ['late', kafka.late],
    ['quarantine', kafka.quarantine],
  ] as const
  return folders.flatMap(([folder, topic]) => {
    const path = join(directory, folder, `partition=${part.partition}`, `${sliceName(slice)}.jsonl`)
    return topic !== undefined && existsSync(path) ? [{ topic, path }] : []
  })
}

/** A record a line, with the time at which it is sent: what is late may be older than the topic keeps. */
async function* lineRecords(path: string, toRecords: TextRecords): AsyncGenerator<SampleRecords> {
  const timestampMs = Date.now()
  let lines: { key: null; value: string; timestampMs: number }[] = []
  for await (const value of linesOf(path)) {
    lines.push({ key: null, value, timestampMs })
    if (lines.length < LINES) continue
    yield toRecords(lines)
    lines = []
  }
  if (lines.length > 0) yield toRecords(lines)
}

/** Lines end with a line feed and nothing else: JSON leaves U+2028 and U+2029 as they are. */
async function* linesOf(path: string): AsyncGenerator<string> {
  let rest = ''
  for await (const chunk of createReadStream(path, 'utf8')) {
    const parts = (rest + chunk).split('\n')
    rest = parts.pop()!
    yield* parts
  }
  if (rest !== '') yield rest
}
