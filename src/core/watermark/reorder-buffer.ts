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
 *
 * With a store it does not grow past its share of memory (C9): all that is in memory goes to disk as one run, which is
 * read block by block as it leaves. Runs on disk are older than those in memory, and are joined as those are. What leaves
 * at once is bounded too, by `timeOfNext`.
 */

import { assert } from '../../errors.ts'
import type { EventBatch } from '../batch/index.ts'
import { batchBytes, gatherEvents, sliceEvents } from '../batch/index.ts'
import { identity } from '../order/index.ts'
import type { Ticks } from '../time.ts'
import type { HeldStore } from './held-store.ts'
import type { RunPart } from './join-runs.ts'
import { joinRuns } from './join-runs.ts'
import { compareRows, inOrder, rowsBelow } from './row-order.ts'
import type { SpilledForm } from './spilled-run.ts'
import { SpilledRun, timeOfBytes } from './spilled-run.ts'

export interface ReorderLimits {
  /** Runs held before the small ones are joined. Measured: 64 to 256 are alike; looking at more costs more than joining. */
  readonly runsMax: number
  /** A run is copied when more than this many rows of it, and more than half, have left. */
  readonly rowsWastedMax: number
  /** Runs on disk before the small ones are joined: a block of each is open when they leave. */
  readonly spilledMax: number
}

const LIMITS: ReorderLimits = { runsMax: 256, rowsWastedMax: 4096, spilledMax: 32 }

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
  /** On disk; older than those in memory. */
  #spilled: SpilledRun[] = []
  #runs: Run[] = []
  #rows = 0
  /** Of the runs in memory. */
  #bytes = 0
  /** What the store's budget knows of. */
  #bytesTold = 0
  readonly #limits: ReorderLimits
  readonly #store: HeldStore | null

  /** Without a store it holds everything in memory. `spilled`: what a snapshot had on disk. */
  constructor(
    store: HeldStore | null = null,
    spilled: readonly SpilledForm[] = [],
    limits: ReorderLimits = LIMITS,
  ) {
    assert(store !== null || spilled.length === 0, 'what lies on disk is read from a store')
    this.#limits = limits
    this.#store = store
    for (const form of spilled) this.#spilled.push(new SpilledRun(store!, form))
    for (const run of this.#spilled) this.#rows += run.rows
  }

  get rows(): number {
    return this.#rows
  }

  /** Memory that the runs keep alive. */
  get bytes(): number {
    return this.#spilled.reduce((bytes, run) => bytes + run.bytes, this.#bytes)
  }

  /** Adds rows in order of place, all behind those added before. */
  add(batch: EventBatch): void {
    if (batch.rows === 0) return
    this.#push(runOf(inOrder(batch)))
    if (this.#runs.length > this.#limits.runsMax) this.#joinSmallRuns()
    this.#tellBudget()
    if (this.#store?.budget.mustSpill(this.#bytes)) this.#spill(this.#store)
  }

  /** The next time, at most `limit`, that can be released up to without reading more from disk than a share of memory. */
  timeOfNext(limit: Ticks): Ticks {
    if (this.#spilled.length === 0) return limit
    return timeOfBytes(this.#spilled, limit, this.#store!.budget.shareBytes)
  }

  /** Takes out the rows earlier than `limit`, in order. */
  releaseBelow(limit: Ticks): EventBatch[] {
    const parts = partsBelow(this.#spilled, limit)
    const ageFirst = this.#spilled.length
    for (let i = 0; i < this.#runs.length; i++) {
      const run = this.#runs[i]
      const { batch, from } = run
      if (batch.time[from] >= limit) continue
      run.from = rowsBelow(batch, limit)
      parts.push({ batch, age: ageFirst + i, from, to: run.from })
    }
    for (const part of parts) this.#rows -= part.to - part.from
    this.#dropWaste()
    this.#tellBudget()
    return joinOverlapping(parts)
  }

  /** All rows that are in memory, in order, as one batch, and none of them taken out; null where there are none. */
  contents(): EventBatch | null {
    if (this.#runs.length === 0) return null
    return joinRuns(this.#runs.map(leftOf))
  }

  /** What lies on disk, older first. */
  spilled(): SpilledForm[] {
    return this.#spilled.map(run => run.form())
  }

  /** Puts all that is in memory on disk. */
  #spill(store: HeldStore): void {
    const all = joinRuns(this.#runs.map(leftOf))
    this.#runs = []
    this.#bytes = 0
    this.#spilled.push(SpilledRun.write(store, all.time[all.rows - 1], [all]))
    if (this.#spilled.length > this.#limits.spilledMax) this.#joinSmallSpilled(store)
    this.#tellBudget()
  }

  /** The same on disk as `joinSmallRuns` in memory. */
  #joinSmallSpilled(store: HeldStore): void {
    const keep = smallFrom(
      this.#spilled.map(run => run.rows),
      this.#limits.spilledMax / 2,
    )
    const small = this.#spilled.splice(keep)
    const newest = Math.max(...small.map(run => run.newest))
    this.#spilled.push(SpilledRun.write(store, newest, drained(small, store.budget.shareBytes)))
    for (const run of small) run.release()
  }

  #tellBudget(): void {
    if (this.#store === null) return
    const { bytes } = this
    this.#store.budget.add(bytes - this.#bytesTold)
    this.#bytesTold = bytes
  }

  #push(run: Run): void {
    this.#runs.push(run)
    this.#rows += rowsLeft(run)
    this.#bytes += run.bytes
  }

  /** Joins the youngest runs, as far back as they are small: ages stay in order because they are neighbours. */
  #joinSmallRuns(): void {
    const small = this.#runs.splice(smallFrom(this.#runs.map(rowsLeft), this.#limits.runsMax / 2))
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
    for (const run of this.#spilled) if (run.rows === 0) run.release()
    this.#spilled = this.#spilled.filter(run => run.rows > 0)
  }
}

/** Takes the rows below `limit` out of runs on disk, which are in order of age. */
function partsBelow(runs: readonly SpilledRun[], limit: Ticks): AgedPart[] {
  return runs.flatMap((run, age) => run.takeBelow(limit).map(part => ({ ...part, age })))
}

/** All rows of runs on disk in order, a little at a time. */
function* drained(runs: readonly SpilledRun[], bytesMax: number): Generator<EventBatch> {
  while (runs.some(run => run.rows > 0))
    yield* joinOverlapping(partsBelow(runs, timeOfBytes(runs, Number.POSITIVE_INFINITY, bytesMax)))
}

/** The first of the youngest runs that are to be joined: at least so many, and as far back as they are small. */
function smallFrom(rows: readonly number[], joinedMin: number): number {
  let keep = rows.length
  let joined = 0
  while (keep > 0 && (rows.length - keep < joinedMin || rows[keep - 1] <= joined)) {
    keep--
    joined += rows[keep]
  }
  return keep
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
  if (parts.length === 0) return []
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
