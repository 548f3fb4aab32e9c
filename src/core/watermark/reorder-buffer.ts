/**
 * The reorder buffer of one source: events that were consumed and wait for the merged watermark to pass them.
 *
 *     run 0   ────────────┤            runs: batches in order of (time, sub), the older one first;
 *     run 1        ───────────┤        ties between runs go by age, which is offset order (C1)
 *     run 2             ─────────┤
 *                    ▲ release: cut every run here, join what overlaps
 *
 * Rows are copied when a batch has to be sorted on its way in and when runs that overlap leave together; a stream
 * that is in order passes through as views. Above RUNS_MAX runs the small ones are joined into one, so a row is
 * copied once more for each factor of RUNS_MAX between the batch size and the buffer.
 */

import type { EventBatch } from '../batch/index.ts'
import { batchBytes, gatherEvents, sliceEvents } from '../batch/index.ts'
import { identity } from '../order/index.ts'
import type { Ticks } from '../time.ts'
import { compareRows, inOrder, joinInOrder, rowsBelow } from './row-order.ts'

const RUNS_MAX = 64
/** A run is copied when what has left it is more than this many rows and more than half of it. */
const ROWS_WASTED_MAX = 4096

interface Run {
  readonly batch: EventBatch
  /** First row that has not left. */
  from: number
}

/** What leaves one run: rows [from, to), none of which is empty. */
interface Part {
  readonly batch: EventBatch
  readonly age: number
  readonly from: number
  readonly to: number
}

export class ReorderBuffer {
  #runs: Run[] = []
  #rows = 0
  #bytes = 0

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
    this.#push({ batch: inOrder(batch), from: 0 })
    if (this.#runs.length > RUNS_MAX) this.#joinSmallRuns()
  }

  /** Takes out the rows earlier than `limit`, in order. */
  releaseBelow(limit: Ticks): EventBatch[] {
    const parts: Part[] = []
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
    return joinInOrder(this.#runs.map(run => sliceEvents(run.batch, run.from, run.batch.rows)))
  }

  #push(run: Run): void {
    this.#runs.push(run)
    this.#rows += run.batch.rows - run.from
    this.#bytes += batchBytes(run.batch)
  }

  /** Joins the youngest runs, as far back as they are small: ages stay in order because they are neighbours. */
  #joinSmallRuns(): void {
    let keep = this.#runs.length
    let rows = 0
    while (keep > 0 && (this.#runs.length - keep < RUNS_MAX / 2 || this.#runs[keep - 1].batch.rows <= rows)) {
      keep--
      rows += this.#runs[keep].batch.rows
    }
    const joined = joinInOrder(
      this.#runs.slice(keep).map(run => sliceEvents(run.batch, run.from, run.batch.rows)),
    )
    this.#replaceRuns([...this.#runs.slice(0, keep), { batch: joined, from: 0 }])
  }

  /** Lets go of runs that have left, and copies those of which little is left. */
  #dropWaste(): void {
    const runs: Run[] = []
    for (const run of this.#runs) {
      const left = run.batch.rows - run.from
      if (left === 0) continue
      const isWasteful = run.from > ROWS_WASTED_MAX && run.from > left
      runs.push(isWasteful ? { batch: copyFrom(run), from: 0 } : run)
    }
    this.#replaceRuns(runs)
  }

  #replaceRuns(runs: Run[]): void {
    this.#runs = []
    this.#rows = 0
    this.#bytes = 0
    for (const run of runs) this.#push(run)
  }
}

function copyFrom(run: Run): EventBatch {
  const rest = sliceEvents(run.batch, run.from, run.batch.rows)
  return gatherEvents(rest, identity(rest.rows))
}

/** Parts in order of their first row; those that overlap become one batch, the others stay views. */
function joinOverlapping(parts: Part[]): EventBatch[] {
  const sorted = parts.sort((a, b) => compareRows(a.batch, a.from, b.batch, b.from) || a.age - b.age)
  const out: EventBatch[] = []
  let group: Part[] = []
  let last: Part | null = null
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
function isBehind(part: Part, last: Part, ageMax: number): boolean {
  const order = compareRows(part.batch, part.from, last.batch, last.to - 1)
  return order > 0 || (order === 0 && part.age > ageMax)
}

function joinGroup(group: Part[]): EventBatch {
  const byAge = group.sort((a, b) => a.age - b.age)
  return joinInOrder(byAge.map(part => sliceEvents(part.batch, part.from, part.to)))
}
