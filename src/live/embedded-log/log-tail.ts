/**
 * The end of a partition as a reader sees it: the place after the last whole batch, while somebody else may be
 * writing, rolling to the next segment, or may have died in the middle of a batch.
 *
 * What is not whole looks like the end, and is looked at again whenever the file has changed. Only where whole
 * batches follow it is it damage. A writer appends in order, so what was not whole *before* a later batch was seen
 * and is still not whole *after* it never will be: the two looks below are what tells a slow write from damage.
 */

import { HindcastError } from '../../errors.ts'
import type { BatchHeader } from './batch-format.ts'
import { listSegments } from './meta.ts'
import { type LogPlace, SegmentFile } from './segment-file.ts'

export class LogTail {
  readonly #folder: string
  readonly #partition: number
  readonly #seed: number
  #file: SegmentFile | null = null
  #place: LogPlace = { position: 0, offset: 0 }
  /** State of the segment when what follows `place` was last looked at and not whole. */
  #tornStamp = ''
  #damage: HindcastError | null = null

  constructor(folder: string, partition: number, seed: number) {
    this.#folder = folder
    this.#partition = partition
    this.#seed = seed
  }

  /** Next offset to be written, as of the last `refresh`. */
  get offset(): number {
    return this.#place.offset
  }

  /** First offset of the segment that the end lies in, and the bytes of it that are whole. */
  get segment(): { readonly base: number; readonly bytes: number } {
    return { base: this.#file === null ? 0 : this.#file.base, bytes: this.#place.position }
  }

  /** The damage that the end was found to be, which no reader can get past; null where it is an end. */
  get damage(): HindcastError | null {
    return this.#damage
  }

  /** Looks how far the partition goes now. */
  async refresh(): Promise<void> {
    while (await this.#step()) {
      // Each step goes over what is whole of one segment.
    }
  }

  async close(): Promise<void> {
    await this.#file?.close()
    this.#file = null
  }

  /** Moves the place on; true if there may be more. */
  async #step(): Promise<boolean> {
    const file = this.#file ?? (await this.#openLast())
    const { size, stamp, deleted } = await file.state()
    if (deleted) return this.#startOver()
    if (size < this.#place.position) {
      // Somebody cut whole batches off: what was noted of the segment no longer holds.
      this.#place = { position: 0, offset: file.base }
      this.#tornStamp = ''
    }
    if (size === this.#place.position) {
      this.#damage = null
      return this.#nextSegment(file)
    }
    if (stamp === this.#tornStamp) return false
    if (await this.#advance(file, size)) return true
    if ((await this.#isFollowed(file)) && !(await this.#advance(file, (await file.state()).size))) {
      this.#damage = corrupt(this.#partition, this.#place, file.path)
    } else this.#damage = null
    this.#tornStamp = stamp
    return false
  }

  /** The segment was trimmed away while nobody looked: the end is far ahead. */
  async #startOver(): Promise<boolean> {
    await this.close()
    return true
  }

  async #openLast(): Promise<SegmentFile> {
    for (;;) {
      const base = listSegments(this.#folder).at(-1)
      if (base === undefined) throw noSegments(this.#folder)
      const file = await SegmentFile.open(this.#folder, base)
      if (file === null) continue
      this.#file = file
      this.#place = { position: 0, offset: base }
      return file
    }
  }

  /** A segment is named by its first offset, so the one that follows can only have one name. */
  async #nextSegment(file: SegmentFile): Promise<boolean> {
    if (this.#place.offset === file.base) return false
    const next = await SegmentFile.open(this.#folder, this.#place.offset)
    if (next === null) return false
    await file.close()
    this.#file = next
    this.#place = { position: 0, offset: next.base }
    this.#tornStamp = ''
    return true
  }

  /** Goes over what is whole; true if that was anything. The last batch is checked, it may be half written. */
  async #advance(file: SegmentFile, size: number): Promise<boolean> {
    const start = this.#place.position
    let last: BatchHeader | null = null
    const place = await file.walk(this.#place, size, header => {
      last = header
      return true
    })
    if (last === null) return false
    const { position, base } = last as BatchHeader
    this.#place = (await file.check(last, this.#seed)) ? place : { position, offset: base }
    return this.#place.position > start
  }

  /** Whether anything whole comes after the place. */
  async #isFollowed(file: SegmentFile): Promise<boolean> {
    const { position, offset } = this.#place
    if (listSegments(this.#folder).some(base => base > file.base)) return true
    return (await file.findWhole(position, offset, this.#seed)) !== null
  }
}

/** The batch of offset `place.offset` is damaged. */
export function corrupt(partition: number, place: LogPlace, path: string): HindcastError {
  return new HindcastError(
    'log-corrupt',
    `the record batch of offset ${place.offset} is damaged at byte ${place.position} of its segment, and whole batches follow it`,
    {
      where: { uri: path, partition, offset: place.offset },
      advice:
        'Restore the segment from a copy, or start after the damage; what is before it can still be read.',
    },
  )
}

export function noSegments(folder: string): HindcastError {
  return new HindcastError('log-invalid', 'a partition of the log has no segments', {
    where: { uri: folder },
    advice: 'Restore the directory of the log; segments must not be deleted by hand.',
  })
}
