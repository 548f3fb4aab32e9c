/** Events of one partition ─► stages ─► samples ─► the slice that is open. */

import type { EventBatch, Schema } from '../core/batch/index.ts'
import type { SampleSource } from './sample-columns.ts'
import { sampleBatch } from './sample-columns.ts'
import type { SliceOutput } from './slice-output.ts'
import type { Stage } from './stage.ts'
import type { StepTimes } from './step-times.ts'

export interface SampleWriterOptions {
  readonly stages: readonly Stage[]
  /** Columns that are written, and where each comes from. */
  readonly fields: Schema
  readonly sources: readonly SampleSource[]
}

export class SampleWriter {
  readonly #options: SampleWriterOptions
  readonly #times: StepTimes
  #rows = 0

  /** `times` gets those of each stage, and of `write`. */
  constructor(options: SampleWriterOptions, times: StepTimes) {
    this.#options = options
    this.#times = times
  }

  /** Rows written so far. */
  get rows(): number {
    return this.#rows
  }

  async write(events: EventBatch, slice: SliceOutput, late: boolean): Promise<void> {
    const { stages, fields, sources } = this.#options
    let batch = events
    for (const stage of stages) {
      const prepared = await stage.prepare(batch)
      const before = stage.counters()
      const startedAt = performance.now()
      batch = stage.process(batch, prepared)
      this.#times.add(stage.name, startedAt)
      slice.countLookups(stage.name, before, stage.counters())
    }
    await this.#times.of('write', () => slice.append(sampleBatch(fields, sources, batch, late), late))
    this.#rows += batch.rows
  }
}
