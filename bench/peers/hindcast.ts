/**
 * Hindcast itself, as a user runs it: the built package, a job file and `hindcast run`. It does more than the peers: 8 partitions,
 * a file for each day and partition, offsets, statuses, digests, durable files, a manifest.
 */

import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { VERSION_COLUMNS } from '../data/shape.ts'
import { builtHindcast } from '../installs/built-package.ts'
import type { Peer, PeerContext } from './peer.ts'

const PARTITIONS = 8

export const hindcastOneLane = hindcast(1)
export const hindcastTwoLanes = hindcast(2)

function hindcast(lanes: number): Peer {
  return {
    name: `Hindcast, ${lanes} lane${lanes === 1 ? '' : 's'}`,
    note: `${PARTITIONS} partitions, a file a day and partition, offsets, statuses, digests, fsync`,
    partitioned: true,
    prepare: async () => {
      builtHindcast()
      return null
    },
    command: context => ({
      command: process.execPath,
      args: [
        builtHindcast(),
        'run',
        writeJob(context, lanes),
        '--run',
        join(context.output, 'run'),
        '--json',
      ],
    }),
  }
}

/** JSON is YAML, so the job is written as JSON. */
function writeJob(context: PeerContext, lanes: number): string {
  const path = join(context.output, 'job.json')
  const files = join(dirname(context.places.events[0]!), '*.parquet')
  mkdirSync(context.output, { recursive: true })
  writeFileSync(path, JSON.stringify(benchJob({ files, versions: context.places.versions, lanes }), null, 2))
  return path
}

/** The job of the benchmarks: events by glob, each with the newest version of its user that is older. */
export function benchJob(input: {
  readonly files: string
  readonly versions: string
  readonly lanes: number
}): unknown {
  return {
    name: 'bench',
    streams: {
      events: {
        key: ['user_id'],
        time: { column: 'event_time', unit: 'ms' },
        partitions: PARTITIONS,
        history: { files: input.files },
      },
    },
    features: {
      user: {
        from: {
          files: input.versions,
          key: 'user_id',
          time: { column: 'known_at', unit: 'ms' },
          columns: [...VERSION_COLUMNS],
        },
        on: ['user_id'],
      },
    },
    output: { directory: 'out', format: 'parquet', slice: '1d' },
    limits: { lanes: input.lanes },
  }
}
