/**
 * The manifest (C6): which slices are sealed. A slice is visible when its line is here, and its line is written after
 * all its files.
 *
 *     {"version":1,"plan":"<hash>","after":null}                              header
 *     {"slice":<startMs>,"endMs":…,"partitions":[{"partition":0,"rows":…,"digest":"…",…}, …]}   one line a slice
 *
 * Lines are appended and fsynced. A torn last line (power cut) is no line. Slices that became complete together share
 * the checkpoint of the last of them; where a power cut tore such a group, lines behind the newest checkpoint are
 * dropped when the run resumes, and their slices are made again.
 */

import { createHash } from 'node:crypto'
import { closeSync, existsSync, fsyncSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { HindcastError } from '../errors.ts'
import { wrapWriteError, writeAll, writeDurably } from '../files/index.ts'
import type { PartitionSlice } from '../lanes/index.ts'

export const MANIFEST_VERSION = 1

export interface ManifestHeader {
  readonly version: typeof MANIFEST_VERSION
  readonly plan: string
  /** Directory of the run this one goes on from (C10), or null. */
  readonly after: string | null
}

export interface ManifestSlice {
  /** Start of the slice, ms. */
  readonly slice: number
  readonly endMs: number
  /** In order of partition; every partition has an entry, empty ones with rows 0 and no path. */
  readonly partitions: readonly PartitionSlice[]
}

export interface Manifest {
  readonly header: ManifestHeader
  readonly slices: readonly ManifestSlice[]
}

export function manifestPath(directory: string): string {
  return join(directory, 'manifest.json')
}

/** All lines of a manifest. */
export function manifestText(header: ManifestHeader, slices: readonly ManifestSlice[]): string {
  return [header, ...slices].map(line => `${JSON.stringify(line)}\n`).join('')
}

/** Null where there is none. Bytes behind the last whole line (`wholeBytes`) are no part of it. */
export function readManifest(directory: string): (Manifest & { readonly wholeBytes: number }) | null {
  const path = manifestPath(directory)
  if (!existsSync(path)) return null
  return parseManifest(readFileSync(path), path)
}

/** Null where there is not even a header; `path` is for messages. */
export function parseManifest(
  bytes: Buffer,
  path: string,
): (Manifest & { readonly wholeBytes: number }) | null {
  const wholeBytes = bytes.lastIndexOf(10) + 1
  const lines = bytes.subarray(0, wholeBytes).toString('utf8').split('\n').slice(0, -1)
  const values = lines.map((line, i) => parseLine(line, i + 1, path))
  const header = values[0] as ManifestHeader | undefined
  if (header === undefined) return null
  if (header.version !== MANIFEST_VERSION)
    throw corrupt(path, 1, `manifest version ${String(header.version)}, expected ${MANIFEST_VERSION}`)
  return { header, slices: values.slice(1) as ManifestSlice[], wholeBytes }
}

function parseLine(text: string, line: number, path: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw corrupt(path, line, 'not JSON')
  }
}

function corrupt(uri: string, line: number, message: string): HindcastError {
  return new HindcastError('output-corrupt', message, {
    where: { uri, line },
    advice: 'The run directory is damaged: run into a new directory.',
  })
}

/** Appends slices durably. One writer: the run holds the lock of the directory. */
export class ManifestWriter {
  readonly #fd: number
  readonly #path: string

  private constructor(fd: number, path: string) {
    this.#fd = fd
    this.#path = path
  }

  /** Makes a manifest with its header, or goes on with one behind the slices that are kept. */
  static open(
    directory: string,
    header: ManifestHeader,
    kept: readonly ManifestSlice[] | null,
  ): ManifestWriter {
    const path = manifestPath(directory)
    writeDurably(path, manifestText(header, kept ?? []))
    return new ManifestWriter(openSync(path, 'a'), path)
  }

  /** Slices in order; durable when it returns. */
  append(slices: readonly ManifestSlice[]): void {
    try {
      writeAll(this.#fd, Buffer.from(slices.map(slice => `${JSON.stringify(slice)}\n`).join('')))
      fsyncSync(this.#fd)
    } catch (error) {
      throw wrapWriteError(error, this.#path)
    }
  }

  close(): void {
    closeSync(this.#fd)
  }
}

/** Digest of a whole run (C7): over the digests of its (slice, partition) with rows, in that order. */
export function runDigest(slices: readonly ManifestSlice[]): string {
  const hash = createHash('sha256')
  for (const { slice, partitions } of slices) {
    for (const { partition, rows, digest } of partitions) {
      if (rows > 0) hash.update(`${slice} ${partition} ${rows} ${digest}\n`)
    }
  }
  return hash.digest('hex')
}
