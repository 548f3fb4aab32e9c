/**
 * The certificate (C3): what `certificate.json` says of the hand-over of every stream and partition. Data in, data
 * out; JSON in both directions.
 */

import type { Ticks, Timeline } from '../time.ts'
import { isoOfMs, msFromTicks } from '../time.ts'
import type { SeamPartition, SeamPosition } from './evidence.ts'

export const CERTIFICATE_VERSION = 1

export interface CertificatePosition {
  /** ISO 8601 with milliseconds, for people; `ticks` is exact. */
  readonly time: string
  readonly ticks: Ticks
  readonly offset: number | null
}

/** One partition of one stream, its places readable. */
export interface CertificatePartition extends Omit<SeamPartition, 'at' | 'historyLast' | 'liveFirst'> {
  readonly at: string | null
  readonly historyLast: CertificatePosition | null
  readonly liveFirst: CertificatePosition | null
}

export interface Certificate {
  readonly version: typeof CERTIFICATE_VERSION
  /** True when every partition of every stream with a seam is proven. */
  readonly proven: boolean
  /** The first partition that is not, in words; null where all are. */
  readonly reason: string | null
  /** Sorted by stream name, then partition. */
  readonly partitions: readonly CertificatePartition[]
}

/** The certificate of a run from the proofs of its partitions, in any order. */
export function makeCertificate(seams: readonly SeamPartition[], timeline: Timeline): Certificate {
  const sorted = [...seams].sort((a, b) =>
    a.stream === b.stream ? a.partition - b.partition : a.stream < b.stream ? -1 : 1,
  )
  const unproven = sorted.find(seam => !seam.proven)
  return {
    version: CERTIFICATE_VERSION,
    proven: unproven === undefined,
    reason:
      unproven === undefined
        ? null
        : `${unproven.stream}, partition ${unproven.partition}: ${unproven.reason}`,
    partitions: sorted.map(seam => readable(seam, timeline)),
  }
}

function readable(seam: SeamPartition, timeline: Timeline): CertificatePartition {
  return {
    ...seam,
    at: seam.at === null ? null : isoOfMs(msFromTicks(seam.at, timeline)),
    historyLast: positionOf(seam.historyLast, timeline),
    liveFirst: positionOf(seam.liveFirst, timeline),
  }
}

function positionOf(position: SeamPosition | null, timeline: Timeline): CertificatePosition | null {
  if (position === null) return null
  return {
    time: isoOfMs(msFromTicks(position.time, timeline)),
    ticks: position.time,
    offset: position.offset,
  }
}
