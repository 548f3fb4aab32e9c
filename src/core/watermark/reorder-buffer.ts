/**
 * The reorder buffer of one source: events that were consumed and wait for the merged watermark to pass them.
 *
 *     run 0   ────────────┤            runs: batches in order of (time, sub), the older one first;
 *     run 1        ───────────┤        ties between runs go by age, which is offset order (C1)
 *     run 2             ─────────┤
 *                    ▲ release: cut every run here, join what overlaps
 *
 * Rows are copied when a batch has to be sorted on its way in and when runs that overlap leave together; a stream
 * that is in order passes through as views. Above `runsMax` runs the small ones are joined into one, so a row is
 * copied once more for each factor of `runsMax` between the batch size and the buffer.
 */

import type { EventBatch } from '../batch/index.ts'
import { batchBytes, gatherEvents, sliceEvents } from '../batch/index.ts'
import { identity } from '../order/index.ts'
import type { Ticks } from '../time.ts'
import type { RunPart } from './join-runs.ts'
import { joinRuns } from './join-runs.ts'
import { compareRows, inOrder, rowsBelow } from './row-order.ts'

export interface ReorderLimits {
  /** Runs held before the small ones are joined. Measured: 64 to 256 are alike; looking at more costs more than joining. */
  readonly runsMax: number
  /** A run is copied when more than this many rows of it, and more than half, have left. */
  readonly rowsWastedMax: number
}

const LIMITS: ReorderLimits = { runsMax: 256, rowsWastedMax: 4096 }

interface Run {
  readonly batch: EventBatch
  readonly bytes: number
  /** First row that has not left. */
  from: number
}

/** What leaves one run; never empty. */
interface AgedPart extends RunPart {
  readonly age: number
}

export class ReorderBuffer {
  #runs: Run[] = []
  #rows = 0
  #bytes = 0
  readonly #limits: ReorderLimits

  constructor(limits: ReorderLimits = LIMITS) {
    this.#limits = limits
  }

  get rows(): number {
    return this.#rows
  }

  /** Memory that the runs keep alive. */
  get bytes(): number {
    return this.#bytes
  }

  /** Adds rows in order of place, all behind those added before. */
  add(batch: EventBatch): void {
    if (batch.rows === 0) return
    this.#push(runOf(inOrder(batch)))
    if (this.#runs.length > this.#limits.runsMax) this.#joinSmallRuns()
  }

  /** Takes out the rows earlier than `limit`, in order. */
  releaseBelow(limit: Ticks): EventBatch[] {
    const parts: AgedPart[] = []
    for (let age = 0; age < this.#runs.length; age++) {
      const { batch, from } = this.#runs[age]
      if (batch.time[from] >= limit) continue
      parts.push({ batch, age, from, to: rowsBelow(batch, limit) })
    }
    if (parts.length === 0) return []
    for (const part of parts) {
      this.#runs[part.age].from = part.to
      this.#rows -= part.to - part.from
    }
    this.#dropWaste()
    return joinOverlapping(parts)
  }

  /** All rows in order as one batch, and none of them taken out; null where there are none. */
  contents(): EventBatch | null {
    if (this.#rows === 0) return null
    return joinRuns(this.#runs.map(leftOf))
  }

  #push(run: Run): void {
    this.#runs.push(run)
    this.#rows += rowsLeft(run)
    this.#bytes += run.bytes
  }

  /** Joins the youngest runs, as far back as they are small: ages stay in order because they are neighbours. */
  #joinSmallRuns(): void {
    const joinedMin = this.#limits.runsMax / 2
    let keep = this.#runs.length
    let rows = 0
    while (keep > 0 && (this.#runs.length - keep < joinedMin || rowsLeft(this.#runs[keep - 1]) <= rows)) {
      keep--
      rows += rowsLeft(this.#runs[keep])
    }
    const small = this.#runs.splice(keep)
    for (const run of small) {
      this.#rows -= rowsLeft(run)
      this.#bytes -= run.bytes
    }
    this.#push(runOf(joinRuns(small.map(leftOf))))
  }

  /** Lets go of runs that have left, and copies those of which little is left. */
  #dropWaste(): void {
    let kept = 0
    for (const run of this.#runs) {
      const left = rowsLeft(run)
      const isWasteful = run.from > this.#limits.rowsWastedMax && run.from > left
      const keep = isWasteful && left > 0 ? runOf(copyFrom(run)) : run
      if (left > 0) this.#runs[kept++] = keep
      this.#bytes += (left > 0 ? keep.bytes : 0) - run.bytes
    }
    this.#runs.length = kept
  }
}

function runOf(batch: EventBatch): Run {
  return { batch, bytes: batchBytes(batch), from: 0 }
}

function leftOf({ batch, from }: Run): RunPart {
  return { batch, from, to: batch.rows }
}

function rowsLeft({ batch, from }: Run): number {
  return batch.rows - from
}

function copyFrom(run: Run): EventBatch {
  const rest = sliceEvents(run.batch, run.from, run.batch.rows)
  return gatherEvents(rest, identity(rest.rows))
}

/** Parts in order of their first row; those that overlap become one batch, the others stay views. */
function joinOverlapping(parts: AgedPart[]): EventBatch[] {
  const sorted = parts.sort((a, b) => compareRows(a.batch, a.from, b.batch, b.from) || a.age - b.age)
  const out: EventBatch[] = []
  let group: AgedPart[] = []
  let last: AgedPart | null = null
  let ageMax = -1
  for (const part of sorted) {
    if (last !== null && isBehind(part, last, ageMax)) {
      out.push(joinGroup(group))
      group = []
      last = null
      ageMax = -1
    }
    group.push(part)
    ageMax = Math.max(ageMax, part.age)
    if (last === null || compareRows(part.batch, part.to - 1, last.batch, last.to - 1) > 0) last = part
  }
  out.push(joinGroup(group))
  return out
}

/** Whether all of `part` comes behind the last row of a group; on a tie only if it is younger than all of it. */
function isBehind(part: AgedPart, last: AgedPart, ageMax: number): boolean {
  const order = compareRows(part.batch, part.from, last.batch, last.to - 1)
  return order > 0 || (order === 0 && part.age > ageMax)
}

function joinGroup(group: AgedPart[]): EventBatch {
  return joinRuns(group.sort((a, b) => a.age - b.age))
}
