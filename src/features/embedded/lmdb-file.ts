/**
 * The file under an LMDB environment, looked at from outside. LMDB maps its file and trusts it: opening one that is
 * no LMDB file, or that has been cut off, ends the process. So this is checked before, from the two meta pages.
 *
 *     page      := header 24 bytes, then in pages 0 and 1:
 *     meta      := magic u32, version u32, address u64, map bytes u64, page bytes u32, …,
 *                  +120 last page u64, +128 transaction u64                   the higher transaction counts
 *
 * What lies in the pages between has no checksum in LMDB; our own blocks have one (version-block.ts).
 */

import { closeSync, fstatSync, ftruncateSync, openSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { HindcastError } from '../../errors.ts'

const HEADER_BYTES = 24
const MAGIC = 0xbeefc0de
const VERSION = 2
const PAGE_BYTES = 24
const LAST_PAGE = 120
const TRANSACTION = 128
const META_BYTES = 136
const PAGE_BYTES_MAX = 65536

/** Name of the file inside its folder. */
export const STORE_FILE = 'data.mdb'

/** Raises `file-corrupt` where LMDB must not be let at the file of this folder. */
export function checkStoreFile(directory: string): void {
  const descriptor = openSync(join(directory, STORE_FILE), 'r')
  try {
    const needed = bytesNeeded(descriptor, directory)
    const bytes = fstatSync(descriptor).size
    if (bytes < needed) throw damaged(directory, `it has ${bytes} bytes of ${needed}`)
  } finally {
    closeSync(descriptor)
  }
}

/**
 * Makes the file as long as its last page says, after a commit: LMDB does not write pages at the end that it has
 * given up again, and then a whole file looks like one that was cut off.
 */
export function settleStoreFile(directory: string): void {
  const descriptor = openSync(join(directory, STORE_FILE), 'r+')
  try {
    const needed = bytesNeeded(descriptor, directory)
    if (fstatSync(descriptor).size < needed) ftruncateSync(descriptor, needed)
  } finally {
    closeSync(descriptor)
  }
}

function bytesNeeded(descriptor: number, directory: string): number {
  const first = readMeta(descriptor, 0, directory)
  const pageBytes = first.getUint32(PAGE_BYTES, true)
  if (pageBytes < 512 || pageBytes > PAGE_BYTES_MAX || (pageBytes & (pageBytes - 1)) !== 0) {
    throw damaged(directory, `its pages have ${pageBytes} bytes`)
  }
  const second = readMeta(descriptor, pageBytes, directory)
  const newest =
    first.getBigUint64(TRANSACTION, true) > second.getBigUint64(TRANSACTION, true) ? first : second
  return (Number(newest.getBigUint64(LAST_PAGE, true)) + 1) * pageBytes
}

function readMeta(descriptor: number, at: number, directory: string): DataView {
  const bytes = new Uint8Array(META_BYTES)
  const read = readSync(descriptor, bytes, 0, META_BYTES, at + HEADER_BYTES)
  const meta = new DataView(bytes.buffer)
  if (read < META_BYTES || meta.getUint32(0, true) !== MAGIC)
    throw damaged(directory, 'a meta page is not there')
  const version = meta.getUint32(4, true)
  if (version !== VERSION) throw damaged(directory, `it has format ${version}, this LMDB reads ${VERSION}`)
  return meta
}

function damaged(directory: string, reason: string): HindcastError {
  return new HindcastError(
    'file-corrupt',
    `${join(directory, STORE_FILE)} is no whole feature store: ${reason}`,
    {
      where: { uri: directory },
      advice: 'Fetch it again, or load the table anew into a fresh directory: hindcast features load.',
    },
  )
}
