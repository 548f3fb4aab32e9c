/**
 * Where some of the batches of a segment lie, so that a seek need not walk it from its start. Learned by reading,
 * never trusted to be complete, and small: one place a MiB.
 */

import type { LogPlace } from './segment-file.ts'

const SPACING_BYTES = 1024 * 1024

export class SparseIndex {
  readonly #segments = new Map<number, LogPlace[]>()

  /** Notes where a batch begins in the segment of first offset `base`. */
  note(base: number, place: LogPlace): void {
    const places = this.#segments.get(base) ?? []
    if (place.position < (places.at(-1)?.position ?? 0) + SPACING_BYTES) return
    places.push(place)
    this.#segments.set(base, places)
  }

  /** The nearest known batch that begins at or before `offset`; the segment's own start where none is known. */
  floor(base: number, offset: number): LogPlace {
    return (
      this.#segments.get(base)?.findLast(place => place.offset <= offset) ?? { position: 0, offset: base }
    )
  }
}
