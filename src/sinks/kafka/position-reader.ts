/**
 * What is true of a partition: the newest committed positions in `<topic>.hindcast`, read to its last stable offset.
 *
 * Invariant: it is asked only by whoever has just begun an epoch for the partition. From then on nobody older can commit
 * anything, and all that was under way is ended, so the last stable offset is behind everything there is to know.
 */

import { HindcastError } from '../../errors.ts'
import { LIMITS } from '../../limits.ts'
import type { LiveSource } from '../../live/index.ts'
import { type Position, parsePosition } from './position.ts'

const READ_BYTES = 1024 * 1024
const WAIT_MS = 500

/** What the positions of a partition say. */
export interface KnownPositions {
  /** The newest of the run; null: it has committed nothing. */
  readonly own: Position | null
  /** The newest of any run: who committed last. */
  readonly newest: Position | null
}

interface PartitionState {
  next: number | null
  own: Position | null
  newest: Position | null
  records: number
}

export class PositionReader {
  readonly #source: LiveSource
  readonly #topic: string
  readonly #run: string
  readonly #states = new Map<number, PartitionState>()

  /** `source` reads the topic of the positions, committed records only. */
  constructor(source: LiveSource, topic: string, run: string) {
    this.#source = source
    this.#topic = topic
    this.#run = run
  }

  /** Reads what has come since the last time. */
  async read(partition: number): Promise<KnownPositions> {
    const state = this.#states.get(partition) ?? { next: null, own: null, newest: null, records: 0 }
    this.#states.set(partition, state)
    const { first, next: end } = await this.#source.ends(partition)
    let next = Math.max(state.next ?? first, first)
    while (next < end) {
      const batch = await this.#source.read({
        partition,
        offset: next,
        bytesMax: READ_BYTES,
        waitMs: WAIT_MS,
      })
      for (let row = 0; row < batch.rows; row++) {
        if (batch.offset[row]! >= end || batch.valueNull?.[row] === 1) continue
        const value = Buffer.from(batch.bytes.subarray(batch.valueOffsets[row], batch.valueOffsets[row + 1]))
        const where = { topic: this.#topic, partition, offset: batch.offset[row]! }
        const position = parsePosition(value.toString('utf8'), where)
        if (position.run === this.#run) state.own = position
        state.newest = position
        this.#count(state, partition)
      }
      next = batch.offsetNext
    }
    state.next = next
    return { own: state.own, newest: state.newest }
  }

  close(): Promise<void> {
    return this.#source.close()
  }

  #count(state: PartitionState, partition: number): void {
    state.records++
    if (state.records <= LIMITS.kafkaPositionsMax) return
    throw new HindcastError(
      'limit-passed',
      `more than ${LIMITS.kafkaPositionsMax} positions in one partition (kafkaPositionsMax)`,
      {
        where: { topic: this.#topic, partition },
        advice: 'Set cleanup.policy=compact and a smaller segment.bytes for the topic.',
      },
    )
  }
}
