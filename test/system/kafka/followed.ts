/**
 * Reads a partition the way a lane does, and checks what every read promises: rows rise by offset from the one asked for
 * on, and where holes are explained, rows and holes together are each offset once.
 */
import type { ExplainedHole } from '../../../src/core/seam/index.ts'
import type { LiveSource, RecordBatch } from '../../../src/live/index.ts'

export class Followed {
  readonly partition: number
  readonly #source: LiveSource
  /** `partition:offset value` */
  readonly records: string[] = []
  readonly holes: ExplainedHole[] = []
  offset: number
  last: RecordBatch | null = null

  constructor(source: LiveSource, partition: number, offset = 0) {
    this.#source = source
    this.partition = partition
    this.offset = offset
  }

  async read(waitMs = 1000, bytesMax = 1024 * 1024): Promise<RecordBatch> {
    const { partition, offset } = this
    const batch = await this.#source.read({ partition, offset, bytesMax, waitMs })
    this.#check(batch)
    for (let i = 0; i < batch.rows; i++)
      this.records.push(`${partition}:${batch.offset[i]} ${valueText(batch, i)}`)
    this.holes.push(...batch.holes)
    this.offset = batch.offsetNext
    this.last = batch
    return batch
  }

  /** Reads up to a position; throws when the source does. */
  async readTo(offset: number, bytesMax?: number): Promise<this> {
    while (this.offset < offset) await this.read(1000, bytesMax)
    return this
  }

  /** Reads up to the last stable offset of now. */
  async readAll(bytesMax?: number): Promise<this> {
    return this.readTo((await this.#source.ends(this.partition)).next, bytesMax)
  }

  #check(batch: RecordBatch): void {
    if (this.#source.abilities.holes) this.#checkCovered(batch)
    else if (batch.holes.length > 0) throw new Error('holes are explained by one that says it cannot')
    if (batch.offset.some(offset => offset < this.offset || offset >= batch.offsetNext))
      throw new Error(`partition ${this.partition}: rows lie outside [${this.offset}, ${batch.offsetNext})`)
    if (batch.offset.some((offset, i) => i > 0 && offset <= batch.offset[i - 1]!))
      throw new Error(`partition ${this.partition}: offsets do not rise`)
  }

  #checkCovered(batch: RecordBatch): void {
    const covered = [
      ...Array.from(batch.offset, offset => ({ first: offset, last: offset })),
      ...batch.holes,
    ].sort((a, b) => a.first - b.first)
    let next = this.offset
    for (const { first, last } of covered) {
      if (first !== next) throw new Error(`partition ${this.partition}: ${first} follows ${next - 1}`)
      next = last + 1
    }
    if (next !== batch.offsetNext)
      throw new Error(`partition ${this.partition}: ends at ${next}, not at ${batch.offsetNext}`)
  }
}

export function valueText(batch: RecordBatch, row: number): string {
  if (batch.valueNull?.[row] === 1) return 'null'
  return Buffer.from(batch.bytes.subarray(batch.valueOffsets[row], batch.valueOffsets[row + 1])).toString()
}

/** All partitions to their ends, in one list by partition. */
export async function readTopic(source: LiveSource, bytesMax?: number): Promise<string[]> {
  const all = Array.from({ length: source.partitions }, (_, partition) => new Followed(source, partition))
  await Promise.all(all.map(each => each.readAll(bytesMax)))
  return all.flatMap(each => each.records)
}

export function sorted(records: readonly string[]): string[] {
  return [...records].sort()
}
