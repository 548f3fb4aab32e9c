/**
 * Checkpoints: the state of every partition right behind a sealed slice. A checkpoint is written before the slice's
 * line in the manifest, so the last line always has one; only the two newest are kept.
 *
 *     checkpoint/<slice>.ckpt    {"version":1,"plan":"…","slice":<startMs>,"lengths":[…],"sha256":"…"}\n  bytes …
 *                                the checksum is over the header without it and the bytes
 *     checkpoint/start.json      what was noted at the very first start: where live begins and ends
 */

import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { HindcastError } from '../errors.ts'
import { writeDurably } from '../files/index.ts'
import type { LiveRange } from '../lanes/index.ts'
import { sliceName } from '../plan/index.ts'

const CHECKPOINT_VERSION = 1

interface CheckpointHeader {
  readonly version: number
  readonly plan: string
  readonly slice: number
  readonly lengths: readonly number[]
  readonly sha256: string
}

export function writeCheckpoint(
  directory: string,
  plan: string,
  startMs: number,
  snapshots: readonly Uint8Array[],
): void {
  const body = Buffer.concat(snapshots)
  const facts = {
    version: CHECKPOINT_VERSION,
    plan,
    slice: startMs,
    lengths: snapshots.map(snapshot => snapshot.length),
  }
  const header: CheckpointHeader = { ...facts, sha256: checksumOf(facts, body) }
  writeDurably(
    checkpointPath(directory, startMs),
    Buffer.concat([Buffer.from(`${JSON.stringify(header)}\n`), body]),
  )
}

function checksumOf(facts: Omit<CheckpointHeader, 'sha256'>, body: Uint8Array): string {
  return createHash('sha256').update(JSON.stringify(facts)).update(body).digest('hex')
}

/** Removes all but the two newest checkpoints. */
export function pruneCheckpoints(directory: string, keepMs: readonly number[]): void {
  const keep = new Set(keepMs.map(startMs => `${sliceName(startMs)}.ckpt`))
  const folder = join(directory, 'checkpoint')
  for (const name of readdirSync(folder)) {
    if (name.endsWith('.ckpt') && !keep.has(name)) rmSync(join(folder, name), { force: true })
  }
}

export function hasCheckpoint(directory: string, startMs: number): boolean {
  return existsSync(checkpointPath(directory, startMs))
}

/** Snapshots by partition, as they were behind the slice, and the plan of their run; `output-corrupt` if damaged. */
export function readCheckpoint(
  directory: string,
  startMs: number,
): { readonly plan: string; readonly snapshots: readonly Uint8Array[] } {
  const path = checkpointPath(directory, startMs)
  if (!existsSync(path)) throw corrupt(path, 'the checkpoint of the last sealed slice is missing')
  const bytes = readFileSync(path)
  const headerEnd = bytes.indexOf(10)
  const header = parseHeader(bytes.subarray(0, Math.max(headerEnd, 0)).toString('utf8'), path)
  const body = bytes.subarray(headerEnd + 1)
  const { sha256, ...facts } = header
  if (checksumOf(facts, body) !== sha256) throw corrupt(path, 'the checkpoint does not have its own checksum')
  if (header.slice !== startMs) throw corrupt(path, 'this is the checkpoint of another slice')
  let at = 0
  const snapshots = header.lengths.map(length => {
    at += length
    return new Uint8Array(body.subarray(at - length, at))
  })
  return { plan: header.plan, snapshots }
}

function parseHeader(text: string, path: string): CheckpointHeader {
  try {
    const header = JSON.parse(text) as CheckpointHeader
    if (header.version === CHECKPOINT_VERSION && Array.isArray(header.lengths)) return header
  } catch {
    // fall through: the message below is the same for both
  }
  throw corrupt(path, 'not a checkpoint of this version')
}

function corrupt(uri: string, message: string): HindcastError {
  return new HindcastError('output-corrupt', message, {
    where: { uri },
    advice: 'The run cannot go on from here: run the plan again into a new directory.',
  })
}

function checkpointPath(directory: string, startMs: number): string {
  return join(directory, 'checkpoint', `${sliceName(startMs)}.ckpt`)
}

/** What the first start noted, kept on resume (C2 `stop: caught-up`). */
export interface StartNotes {
  readonly startedAtMs: number
  /** What is read of live, by stream ordinal, then partition. */
  readonly liveRanges: Readonly<Record<number, readonly LiveRange[]>>
}

export function readStartNotes(directory: string): StartNotes | null {
  const path = join(directory, 'checkpoint', 'start.json')
  if (!existsSync(path)) return null
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as StartNotes
  } catch {
    throw corrupt(path, 'the notes of the first start cannot be read')
  }
}

export function writeStartNotes(directory: string, notes: StartNotes): void {
  mkdirSync(join(directory, 'checkpoint'), { recursive: true })
  writeDurably(join(directory, 'checkpoint', 'start.json'), `${JSON.stringify(notes)}\n`)
}
