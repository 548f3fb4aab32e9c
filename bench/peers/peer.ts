/**
 * What a peer is: a program of its own that does the same work on the same files, started as a child process.
 *
 * The work: all events in order of (event_time, file, row), each with the newest version of its user that is
 * older than the event, written to Snappy Parquet with the columns of `SAMPLE_COLUMNS`.
 */

import type { DataPlaces } from '../data/shape.ts'

export interface PeerContext {
  readonly places: DataPlaces
  /** Cache directory of the benchmark: tools that a peer installs go there. */
  readonly cache: string
  /** Fresh empty directory for what the peer writes. */
  readonly output: string
  readonly say: (text: string) => void
}

export interface PeerCommand {
  readonly command: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

export interface Peer {
  readonly name: string
  /** What a reader of the table should know about how it does it. */
  readonly note: string
  /** Whether it writes partitions, slices and offsets as a run does, or one file. */
  readonly partitioned: boolean
  /** Installs what is missing; a text says why the peer is skipped. */
  prepare(context: PeerContext): Promise<string | null>
  command(context: PeerContext): PeerCommand
}

/** What the scripts of peers get as their one argument, in JSON. */
export interface PeerTask {
  readonly events: readonly string[]
  readonly versions: string
  readonly output: string
}

export function taskOf(context: PeerContext): PeerTask {
  return {
    events: context.places.events,
    versions: context.places.versions,
    output: `${context.output}/samples.parquet`,
  }
}
