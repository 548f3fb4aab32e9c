/**
 * Tells the batches of aborted transactions (read_committed) in one fetched part of a partition.
 *
 * The rule is that of Java's `CompletedFetch`: a transaction of the answer's list is open once a batch reaches its first
 * offset; transactional batches of a producer with an open one are aborted; the producer's abort marker closes it. So
 * several of one producer follow one another, a marker may lie beyond the fetch, and a fetch may begin at a marker.
 *
 * Batches are told in their order, each once. One object serves one fetch: the broker tells the list anew each time.
 */

import type { BatchHeader } from './batch-header.ts'
import type { AbortedTransaction } from './fetch-response.ts'

export class AbortedTransactions {
  /** By first offset, ascending. */
  readonly #listed: readonly AbortedTransaction[]
  #at = 0
  /** Producers whose open transaction will be aborted. */
  readonly #open = new Set<number>()

  constructor(listed: readonly AbortedTransaction[]) {
    this.#listed = listed.length < 2 ? listed : listed.toSorted((a, b) => a.firstOffset - b.firstOffset)
  }

  /** Whether the records of the batch were taken back; also moves on to it. */
  isAborted(header: Pick<BatchHeader, 'lastOffset' | 'isTransactional' | 'producerId'>): boolean {
    for (; this.#at < this.#listed.length; this.#at++) {
      const { firstOffset, producerId } = this.#listed[this.#at]
      if (firstOffset > header.lastOffset) break
      this.#open.add(producerId)
    }
    return header.isTransactional && this.#open.has(header.producerId)
  }

  /** An abort marker of the producer was met. */
  close(producerId: number): void {
    this.#open.delete(producerId)
  }
}
