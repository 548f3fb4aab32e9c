/**
 * What a source and its reader process say to each other, over the channel that Node gives a child process.
 *
 *     source                                  process
 *       open ─────────────────────────────────►
 *       assign g (partition, offset) … ───────►
 *       ◄────────── ready, records g, records g …     at most `UNANSWERED_MAX` without an answer
 *       more g ───────────────────────────────►
 *       ◄─────────────────────────── refused g        nothing follows of g: what is to be read is assigned anew
 *       ◄──────────── trouble, failed                 of connections; it could not begin
 *
 * `g` counts assignments. What carries an older one is no longer of interest, and is dropped by either side.
 */

import type { FetchedRows } from '../record-columns.ts'
import type { ClientSettings } from './client-settings.ts'

/** Messages with records that may be on their way: what bounds the memory of the channel. */
export const UNANSWERED_MAX = 4

export type ToReader =
  | {
      readonly kind: 'open'
      /** Names of librdkafka. Secrets are in here: it is sent by this channel only. */
      readonly settings: ClientSettings
      readonly topicSettings: ClientSettings
      readonly topic: string
      /** Of OAUTHBEARER; null: another login, or none. */
      readonly token: string | null
      readonly openMs: number
    }
  | { readonly kind: 'assign'; readonly generation: number; readonly from: readonly Assigned[] }
  | { readonly kind: 'more'; readonly generation: number }

export type FromReader =
  | { readonly kind: 'ready' }
  | { readonly kind: 'records'; readonly generation: number; readonly parts: readonly ReadPart[] }
  | ({ readonly kind: 'refused'; readonly generation: number } & ClientError)
  | ({ readonly kind: 'trouble' } & ClientError)
  /** The process ends behind it. `code` is null where the library could not be loaded. */
  | { readonly kind: 'failed'; readonly code: number | null; readonly message: string }

export interface Assigned {
  readonly partition: number
  readonly offset: number
}

/** An error of librdkafka: below zero it is its own, above it the broker's. It does not say of which partition. */
export interface ClientError {
  readonly code: number
  readonly message: string
}

/** Rows of one partition; the last `offsetNext` may lie behind them where the end was met. */
export interface ReadPart extends FetchedRows {
  readonly partition: number
  /** High watermark of the last fetch; −1: none is known. */
  readonly endOffset: number
}
