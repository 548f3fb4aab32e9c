/**
 * What a lane is built of. The run wires the parts (features, sinks and live do not know lanes, nor lanes them), so a
 * lane is the same in a worker thread, in the main thread and in a test.
 */

import type { SampleSink } from '../sinks/index.ts'
import type { LiveReader } from './live-reader.ts'
import type { FeatureTables, FromLane, LaneSetup } from './messages.ts'
import type { Span, SpanReader } from './span-reader.ts'
import type { Stage } from './stage.ts'

export interface LaneParts {
  /** Opens the stages of the samples stream, in order. Called once. */
  openStages(tables: FeatureTables): readonly Stage[] | Promise<readonly Stage[]>
  readonly sink: SampleSink
  /** By stream ordinal; streams without a live side have none. */
  readonly live: ReadonlyMap<number, LiveReader>
  /** Opens the samples' history between two times; bad rows go to the hub, once for each unit. */
  openSpan(span: Span): Promise<SpanReader>
  /** Bytes read of history files since it was asked last. */
  takeHistoryBytes(): number
  /** Closes what spans were read with. */
  closeHistory(): Promise<void>
}

/** The port of history for spans is opened by the run, too: lanes do not know history. */
export type CreateLaneParts = (setup: LaneSetup, post: (message: FromLane) => void) => Promise<LaneParts>
