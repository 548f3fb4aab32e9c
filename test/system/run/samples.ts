/** Reads a run's samples back and compares them with the truth of a world: lost, doubled, out of order. */

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
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

const FIELDS = [
  { name: 'id', type: { name: 'int64' } },
  { name: '_offset', type: { name: 'int64' } },
] as const

/** Of one run, or of the runs of a chain in order. */
export async function readIds(...directories: readonly string[]): Promise<ReadSamples> {
  const ids: number[][] = Array.from({ length: PARTITIONS }, () => [])
  const offsets: number[][] = Array.from({ length: PARTITIONS }, () => [])
  for (const directory of directories) {
    for (const { partitions } of readManifest(directory)!.slices) {
      for (const { partition, path } of partitions) {
        if (path === null) continue
        for await (const batch of readSamples(join(directory, path), FIELDS)) {
          for (let row = 0; row < batch.rows; row++) {
            ids[partition]!.push(Number(valueAt(batch.columns[0]!, FIELDS[0].type, row)))
            offsets[partition]!.push(Number(valueAt(batch.columns[1]!, FIELDS[1].type, row)))
          }
        }
      }
    }
  }
  return { ids, offsets }
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
  const files = readdirSync(path, { recursive: true, encoding: 'utf8' }).filter(name => name.endsWith('.jsonl'))
  return files.flatMap(name => readFileSync(join(path, name), 'utf8').split('\n').slice(0, -1))
}
