/** Reads a run's samples back and compares them with the truth of a world: lost, doubled, out of order. */

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Schema } from '../../../src/core/batch/index.ts'
import { valueAt } from '../../../src/core/batch/index.ts'
import { readManifest } from '../../../src/run/manifest.ts'
import { readSamples } from '../../../src/sinks/index.ts'
import type { World, WorldEvent } from './world.ts'
import { DISORDER, PARTITIONS, partitionOf } from './world.ts'

/** Event ids of each partition in the order of the output, and the counted offsets beside them. */
export interface ReadSamples {
  readonly ids: readonly (readonly number[])[]
  readonly offsets: readonly (readonly number[])[]
}

const ID = { name: 'id', type: { name: 'int64' } } as const
const OFFSET = { name: '_offset', type: { name: 'int64' } } as const
const LATE = { name: '_late', type: { name: 'bool' } } as const

/** Of one run, or of the runs of a chain in order. */
export async function readIds(...directories: readonly string[]): Promise<ReadSamples> {
  const ids: number[][] = Array.from({ length: PARTITIONS }, () => [])
  const offsets: number[][] = Array.from({ length: PARTITIONS }, () => [])
  for (const directory of directories) {
    for await (const { partition, values } of readRows(directory, [ID, OFFSET])) {
      ids[partition]!.push(Number(values[0]))
      offsets[partition]!.push(Number(values[1]))
    }
  }
  return { ids, offsets }
}

/** Ids of the samples that were emitted late. */
export async function readLate(directory: string): Promise<number[]> {
  const ids: number[] = []
  for await (const { values } of readRows(directory, [ID, LATE]))
    if (values[1] === true) ids.push(Number(values[0]))
  return ids
}

async function* readRows(
  directory: string,
  fields: Schema,
): AsyncGenerator<{ partition: number; values: unknown[] }> {
  for (const { partitions } of readManifest(directory)!.slices) {
    for (const { partition, path } of partitions) {
      if (path === null) continue
      for await (const batch of readSamples(join(directory, path), fields)) {
        for (let row = 0; row < batch.rows; row++) {
          yield { partition, values: fields.map(({ type }, c) => valueAt(batch.columns[c]!, type, row)) }
        }
      }
    }
  }
}

/** What must come out: history in (time, file, row), then live on time in (time, offset), by partition. */
export function expectedIds(world: World): number[][] {
  const late = new Set(lateEvents(world).flat())
  return world.live.map((events, p) => {
    const history = world.history.filter(event => partitionOf(event) === p)
    const live = events.filter(event => event.timeMs >= world.seamMs && !late.has(event))
    return [history, live].flatMap(side => side.toSorted((a, b) => a.timeMs - b.timeMs).map(({ id }) => id))
  })
}

/** Live events behind the seam that are late, a partition: judged one by one in offset order (C2). */
export function lateEvents(world: World): WorldEvent[][] {
  return world.live.map(events => {
    let newest = Number.NEGATIVE_INFINITY
    return events.filter(event => {
      if (event.timeMs < world.seamMs) return false
      const isLate = event.timeMs < newest - DISORDER
      newest = Math.max(newest, event.timeMs)
      return isLate
    })
  })
}

export interface Deviation {
  readonly lost: number
  readonly doubled: number
  readonly outOfOrder: number
}

export function deviationOf(
  actual: readonly (readonly number[])[],
  expected: readonly (readonly number[])[],
): Deviation {
  let lost = 0
  let doubled = 0
  let outOfOrder = 0
  for (const [p, ids] of actual.entries()) {
    const place = new Map(expected[p]!.map((id, i) => [id, i]))
    const seen = new Set<number>()
    let last = -1
    for (const id of ids) {
      if (seen.has(id)) doubled++
      seen.add(id)
      const at = place.get(id) ?? -1
      if (at < last) outOfOrder++
      last = at
    }
    lost += expected[p]!.filter(id => !seen.has(id)).length
  }
  return { lost, doubled, outOfOrder }
}

/** All lines of `late/` or `quarantine/` of a run. */
export function readLines(directory: string, folder: 'late' | 'quarantine'): string[] {
  const path = join(directory, folder)
  if (!existsSync(path)) return []
  const files = readdirSync(path, { recursive: true, encoding: 'utf8' }).filter(name =>
    name.endsWith('.jsonl'),
  )
  return files.flatMap(name => readFileSync(join(path, name), 'utf8').split('\n').slice(0, -1))
}
