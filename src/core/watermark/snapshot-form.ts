/**
 * Binary form of a partition's snapshot, for checkpoints.
 *
 *     snapshot := magic u32 "HCS1", checksum u32, jsonBytes u32, 0 u32, json, pad, batch*
 *     json     := the snapshot, with {"batch": i} for its i-th batch, "Infinity" and "-Infinity" for what JSON has
 *                 no number for, and "batchBytes": the length of each batch
 *     batch    := see core/batch/binary-form.ts
 *
 * Little-endian; `json` is padded to a multiple of 8. The checksum covers what lies between it and the first batch,
 * and every batch has its own: damaged bytes raise `output-corrupt`.
 */

import { HindcastError } from '../../errors.ts'
import type { Batch, EventBatch } from '../batch/index.ts'
import { decodeBatch, decodeEvents, encodeBatch, encodeEvents, wordsOf, xxHash32 } from '../batch/index.ts'
import type { PartitionSnapshot, SourceSnapshot } from './snapshot.ts'

const MAGIC = 0x31534348
const VERSION = 3
const HEADER_BYTES = 16

interface BatchRef {
  readonly batch: number
}

/** A snapshot as JSON: its batches by number. */
interface SnapshotJson extends Omit<PartitionSnapshot, 'sources'> {
  readonly version: number
  readonly batchBytes: readonly number[]
  readonly sources: readonly SourceJson[]
}

interface SourceJson extends Omit<SourceSnapshot, 'held'> {
  readonly held: BatchRef | null
  /** What the overlap audit has left. */
  readonly left: BatchRef | null
}

export function encodeSnapshot(snapshot: PartitionSnapshot): Uint8Array {
  const batches: Uint8Array[] = []
  const refer = (bytes: Uint8Array | null): BatchRef | null =>
    bytes === null ? null : { batch: batches.push(bytes) - 1 }
  const sources = snapshot.sources.map((source): SourceJson => {
    const { held, seam } = source
    const left = seam?.overlap?.left ?? null
    return {
      ...source,
      held: refer(held === null ? null : encodeEvents(held)),
      left: refer(left === null ? null : encodeBatch(left)),
      seam:
        seam === null || seam.overlap === null ? seam : { ...seam, overlap: { ...seam.overlap, left: null } },
    }
  })
  const json: SnapshotJson = {
    version: VERSION,
    ...snapshot,
    batchBytes: batches.map(bytes => bytes.length),
    sources,
  }
  const text = new TextEncoder().encode(JSON.stringify(json, (_, value) => toJson(value)))
  return join(text, batches)
}

/** Inverse of `encodeSnapshot`; its batches are views on `bytes` where that is 8-byte aligned. */
export function decodeSnapshot(bytes: Uint8Array): PartitionSnapshot {
  const input = bytes.byteOffset % 8 === 0 ? bytes : bytes.slice()
  const { json, start } = readJson(input)
  let at = start
  const batches = json.batchBytes.map(length => {
    at += length
    if (at > input.length) throw corrupt('it ends early')
    return input.subarray(at - length, at)
  })
  if (at !== input.length) throw corrupt('bytes follow its end')
  const { version: _, batchBytes: __, ...state } = json
  return { ...state, sources: json.sources.map(source => sourceOf(source, batches)) }
}

function sourceOf({ left, held, seam, ...rest }: SourceJson, batches: readonly Uint8Array[]): SourceSnapshot {
  const overlap = seam?.overlap ?? null
  const leftBatch: Batch | null = left === null ? null : decodeBatch(batches[left.batch])
  const heldBatch: EventBatch | null = held === null ? null : decodeEvents(batches[held.batch])
  return {
    ...rest,
    held: heldBatch,
    seam: seam === null || overlap === null ? seam : { ...seam, overlap: { ...overlap, left: leftBatch } },
  }
}

function toJson(value: unknown): unknown {
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value
}

function fromJson(value: unknown): unknown {
  if (value === 'Infinity') return Number.POSITIVE_INFINITY
  return value === '-Infinity' ? Number.NEGATIVE_INFINITY : value
}

function join(json: Uint8Array, batches: readonly Uint8Array[]): Uint8Array {
  const start = Math.ceil((HEADER_BYTES + json.length) / 8) * 8
  const out = new Uint8Array(batches.reduce((length, bytes) => length + bytes.length, start))
  const view = new DataView(out.buffer)
  view.setUint32(0, MAGIC, true)
  view.setUint32(8, json.length, true)
  out.set(json, HEADER_BYTES)
  view.setUint32(4, xxHash32(wordsOf(out, 8, start)), true)
  let at = start
  for (const bytes of batches) {
    out.set(bytes, at)
    at += bytes.length
  }
  return out
}

function readJson(bytes: Uint8Array): { json: SnapshotJson; start: number } {
  if (bytes.length < HEADER_BYTES) throw corrupt(`${bytes.length} bytes are none`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  if (view.getUint32(0, true) !== MAGIC) throw corrupt('wrong magic')
  const length = view.getUint32(8, true)
  const start = Math.ceil((HEADER_BYTES + length) / 8) * 8
  if (start > bytes.length) throw corrupt('it ends early')
  if (view.getUint32(4, true) !== xxHash32(wordsOf(bytes, 8, start)))
    throw corrupt('the checksum does not match')
  const text = new TextDecoder().decode(bytes.subarray(HEADER_BYTES, HEADER_BYTES + length))
  const json = JSON.parse(text, (_, value) => fromJson(value)) as SnapshotJson // checked by the checksum
  if (json.version !== VERSION) throw corrupt(`it is of version ${json.version}, expected ${VERSION}`)
  return { json, start }
}

function corrupt(reason: string): HindcastError {
  return new HindcastError('output-corrupt', `the snapshot of a partition is damaged: ${reason}`, {
    advice: 'The checkpoint is damaged: run into a new directory.',
  })
}
