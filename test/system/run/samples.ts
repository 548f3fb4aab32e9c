/** Reads a run's samples back and compares them with the truth of a world: lost, doubled, out of order. */

import { join } from 'node:path'
import { valueAt } from '../../../src/core/batch/index.ts'
import { readManifest } from '../../../src/run/manifest.ts'
import { readSamples } from '../../../src/sinks/index.ts'
import type { World, WorldEvent } from './world.ts'
import { PARTITIONS, partitionOf } from './world.ts'

/** Event ids of each partition in the order of the output, and the counted offsets beside them. */
export interface ReadSamples {
  readonly ids: readonly (readonly number[])[]
  readonly offsets: readonly (readonly number[])[]
}

const FIELDS = [
  { name: 'id', type: { name: 'int64' } },
  { name: '_offset', type: { name: 'int64' } },
] as const

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

/** What must come out: history in (time, file, row), then live in (time, offset), by partition. */
export function expectedIds(world: World): number[][] {
  const partitions: WorldEvent[][] = Array.from({ length: PARTITIONS }, () => [])
  for (const event of world.history) partitions[partitionOf(event)]!.push(event)
  for (const [p, events] of world.live.entries()) {
    partitions[p]!.sort((a, b) => a.timeMs - b.timeMs)
    partitions[p]!.push(
      ...events.filter(event => event.timeMs >= world.seamMs).toSorted((a, b) => a.timeMs - b.timeMs),
    )
  }
  return partitions.map(events => events.map(event => event.id))
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
