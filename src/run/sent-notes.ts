/**
 * What of a run has been sent to its topic, one line a transaction, appended and fsynced behind its commit:
 *
 *     sent.jsonl   {"partition":3,"slice":978307200000,"rows":4096,"of":9000,"first":812,"last":4907}
 *
 * Where samples go exactly once it is a copy of the positions on the cluster, which decide: the last line of a partition
 * may be missing after a kill and is added from them. At least once, it is all that is known. `verify` finds the samples
 * of a slice by the offsets. A torn last line (power cut) is no line.
 */

import { closeSync, existsSync, fsyncSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { HindcastError } from '../errors.ts'
import { wrapWriteError, writeAll, writeDurably } from '../files/index.ts'

export interface SentNote {
  readonly partition: number
  /** Start of the slice, ms. */
  readonly slice: number
  /** The first so many of `of` rows of the slice are in the topic. */
  readonly rows: number
  readonly of: number
  /** Offsets of the samples of the transaction; −1 where it had none. */
  readonly first: number
  readonly last: number
}

/** All notes in the order in which they were made; none where nothing has been sent. */
export function readSentNotes(directory: string): SentNote[] {
  const path = notesPath(directory)
  if (!existsSync(path)) return []
  return parseSentNotes(readFileSync(path, 'utf8'), path)
}

/** `path` is for messages. */
export function parseSentNotes(text: string, path: string): SentNote[] {
  const lines = text.split('\n').slice(0, -1)
  return lines.map((line, i) => parseNote(line, i + 1, path))
}

function parseNote(text: string, line: number, uri: string): SentNote {
  try {
    const note = JSON.parse(text) as SentNote
    const numbers = [note.partition, note.slice, note.rows, note.of, note.first, note.last]
    if (numbers.every(Number.isSafeInteger) && note.rows <= note.of) return note
  } catch {
    // fall through: the message below is the same for both
  }
  throw new HindcastError('output-corrupt', 'a note of what was sent cannot be read', {
    where: { uri, line },
    advice: 'The run directory is damaged: run into a new directory and another topic.',
  })
}

/** One writer: the run holds the lock of the directory. */
export class SentNotes {
  readonly #fd: number
  readonly #path: string
  /** Last note of each partition. */
  readonly #last = new Map<number, SentNote>()

  constructor(directory: string) {
    const notes = readSentNotes(directory)
    this.#path = notesPath(directory)
    writeDurably(this.#path, notes.map(lineOf).join('')) // without a torn line
    this.#fd = openSync(this.#path, 'a')
    for (const note of notes) this.#last.set(note.partition, note)
  }

  /** How far a partition is known to be; null: nothing is known to be sent. */
  lastOf(partition: number): SentNote | null {
    return this.#last.get(partition) ?? null
  }

  /** Durable when it returns; one that is there already is not written again. */
  add({ partition, slice, rows, of, first, last }: SentNote): void {
    const note = { partition, slice, rows, of, first, last }
    const known = this.lastOf(partition)
    if (known !== null && lineOf(known) === lineOf(note)) return
    try {
      writeAll(this.#fd, Buffer.from(lineOf(note)))
      fsyncSync(this.#fd)
    } catch (error) {
      throw wrapWriteError(error, this.#path)
    }
    this.#last.set(partition, note)
  }

  close(): void {
    closeSync(this.#fd)
  }
}

function lineOf(note: SentNote): string {
  return `${JSON.stringify(note)}\n`
}

function notesPath(directory: string): string {
  return join(directory, 'sent.jsonl')
}
