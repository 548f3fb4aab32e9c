/**
 * What becomes of the live records of one source that are not on time (C2, C3): set aside, emitted late, or only counted,
 * each in exactly one place.
 */

import { HindcastError } from '../../errors.ts'
import type { EventBatch } from '../batch/index.ts'
import type { Ticks } from '../time.ts'
import type { AsideList } from './aside-list.ts'
import { BEFORE_SEAM, FUTURE } from './live-intake.ts'
import type { SeamWatch } from './seam-watch.ts'
import type { MutableCounters } from './source-counters.ts'
import type { LiveSpec, SourceSpec } from './source-spec.ts'

/** Where what is not emitted in its place goes to. */
export interface AsideLists {
  readonly aside: AsideList
  /** Emitted late. */
  readonly late: AsideList
}

export interface AsideFateOptions {
  readonly index: number
  readonly partition: number
  readonly spec: SourceSpec
  readonly watch: SeamWatch | null
  readonly counters: MutableCounters
}

export class AsideFate {
  readonly #options: AsideFateOptions

  constructor(options: AsideFateOptions) {
    this.#options = options
  }

  /** Row `row` was judged `code` (see `live-intake.ts`) against `watermark`. */
  settle(events: EventBatch, row: number, code: number, watermark: Ticks, lists: AsideLists): void {
    const { index, counters, watch } = this.#options
    if (code === FUTURE) {
      counters.future++
      lists.aside.add(index, 'future', events, row, watermark)
    } else if (code === BEFORE_SEAM) {
      this.#settleBeforeSeam(events, row, watermark, lists)
    } else {
      watch?.sawLive(events, row)
      this.#settleLate(events, row, watermark, lists)
    }
  }

  #settleLate(events: EventBatch, row: number, watermark: Ticks, lists: AsideLists): void {
    const { index, counters, spec } = this.#options
    const { late } = spec.live as LiveSpec
    if (late === 'fail') throw this.#lateError(events, row, watermark)
    if (late === 'side') {
      counters.late++
      lists.aside.add(index, 'late', events, row, watermark)
      return
    }
    this.#emitLate('late', events, row, watermark, lists)
  }

  #settleBeforeSeam(events: EventBatch, row: number, watermark: Ticks, lists: AsideLists): void {
    const { index, counters, watch } = this.#options
    switch (watch!.judge(events, row)) {
      case 'doubled':
        counters.doubled++
        return
      case 'not-compared':
        counters.notCompared++
        return
      case 'side':
        counters.beforeSeam++
        lists.aside.add(index, 'before-seam', events, row, watermark)
        return
      case 'emit':
        this.#emitLate('before-seam', events, row, watermark, lists)
    }
  }

  #emitLate(
    reason: 'late' | 'before-seam',
    events: EventBatch,
    row: number,
    watermark: Ticks,
    lists: AsideLists,
  ): void {
    const { index, counters } = this.#options
    counters.emitted++
    counters.emittedLate++
    lists.late.add(index, reason, events, row, watermark)
  }

  #lateError(events: EventBatch, row: number, watermark: Ticks): HindcastError {
    const { spec, partition } = this.#options
    const behind = watermark - events.time[row]
    return new HindcastError(
      'event-late',
      `an event is ${behind} ticks older than the watermark, and the job says \`late: fail\``,
      {
        where: { stream: spec.name, partition, offset: events.sourceOffset![row] },
        advice: 'Give the stream a larger `disorder`, or `late: side` to write late events to late/.',
      },
    )
  }
}
