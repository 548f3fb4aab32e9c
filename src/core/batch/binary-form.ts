/**
 * Binary form of batches, for snapshots and spill. Decoding makes views, not copies.
 *
 *     batch   := header, field*, pad, section*
 *     header  := magic u32 "HCB1", checksum u32, bytes u32, flags u32,
 *                stream i32, partition i32, rows u32, columns u32
 *     flags   := 1 events (has time) | 2 has sub | 4 has sourceOffset
 *     field   := nameBytes u32, typeBytes u32, arenaBytes u32, hasValid u32, name, type text
 *     section := [time f64*] [sub i32*] [sourceOffset f64*]
 *                then a column: [valid u8*] and  i32* | i32** (halves) | f64* | offsets i32*, arena
 *
 * Little-endian; `pad` and every section end at a multiple of 8. `bytes` is the whole length and the checksum
 * (xxHash32) covers all that follows it, so the caller needs no other: anything else than what `encode*` made
 * raises `output-corrupt`, before memory is allocated for what a header claims.
 */

import { HindcastError } from '../../errors.ts'

export const MAGIC = 0x31424348
export const HEADER_BYTES = 32
export const FIELD_BYTES = 16
export const EVENTS = 1
export const SUB = 2
export const SOURCE_OFFSET = 4
export const BYTES_MAX = 0xffff_fff8

/** The next multiple of 8. */
export function padded(bytes: number): number {
  return Math.ceil(bytes / 8) * 8
}

export function corruptBatch(reason: string): HindcastError {
  return new HindcastError('output-corrupt', `an encoded batch is damaged: ${reason}`, {
    advice: 'The run directory or its spill is damaged: run into a new directory.',
  })
}
