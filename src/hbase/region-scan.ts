/**
 * One pass over one region: opens a scanner, asks for the next piece while the last is used, closes the scanner, also
 * where it is left early. It knows nothing of other tries: whatever goes wrong is a ServerFailure.
 */

import type { Operation } from './operation.ts'
import type { Region } from './region-map.ts'
import type { Reply } from './rpc-frames.ts'
import {
  closeScanBytes,
  nextScanBytes,
  openScanBytes,
  type ReadShape,
  readScanReply,
  type ScanRange,
  type ScanReply,
} from './scan-messages.ts'
import type { ServerLinks } from './server-links.ts'

export interface RegionPass {
  readonly region: Region
  readonly server: string
  readonly shape: ReadShape
  readonly range: ScanRange
}

/** A piece of a region; empty ones say that the server is at work (heartbeats). */
export interface ScannedPiece {
  readonly reply: Reply
  readonly scan: ScanReply
}

/** The pieces of a region, in order. Raises ServerFailure. */
export async function* scanRegion(
  links: ServerLinks,
  operation: Operation,
  { region, server, shape, range }: RegionPass,
): AsyncGenerator<ScannedPiece> {
  const ask = async (parameter: Uint8Array): Promise<ScannedPiece> => {
    const { callMs: timeoutMs, signal } = operation
    const about = { table: region.table, region: region.name }
    const call = {
      server,
      service: 'ClientService',
      method: 'Scan',
      parameter,
      timeoutMs,
      signal,
      about,
    } as const
    const reply = await links.ask(call)
    return { reply, scan: readScanReply(reply.answer) }
  }
  let scannerId: Buffer | null = null
  let next: Promise<ScannedPiece> | null = ask(openScanBytes(region, shape, range))
  try {
    while (next !== null) {
      const piece: ScannedPiece = await next
      scannerId = piece.scan.scannerId ?? scannerId
      const isMore: boolean = piece.scan.moreInRegion && scannerId !== null
      next = isMore ? ask(nextScanBytes(scannerId!)) : null
      // It may fail before anyone waits for it.
      next?.catch(() => undefined)
      // At the end of a region the server has closed its scanner itself.
      if (!isMore) scannerId = null
      yield piece
    }
  } finally {
    if (scannerId !== null) closeScanner(links, server, scannerId, next)
  }
}

/** Not waited for: a scanner that stays open is closed by its server after a minute. */
function closeScanner(
  links: ServerLinks,
  server: string,
  scannerId: Buffer,
  last: Promise<unknown> | null,
): void {
  const parameter = closeScanBytes(scannerId)
  const close = () =>
    links.ask({ server, service: 'ClientService', method: 'Scan', parameter, timeoutMs: CLOSE_MS })
  Promise.resolve(last)
    .then(close)
    .catch(() => undefined)
}

const CLOSE_MS = 2000
