/** The certificate (C3) as rows of a table. */

import { timeText } from '../../core/figures.ts'
import type { Certificate, CertificatePartition, CertificatePosition } from '../../core/seam/index.ts'
import type { SeamInspection } from '../outcome.ts'

/** One row a stream and partition, in the certificate's order. */
export function seamInspections(certificate: Certificate): readonly SeamInspection[] {
  return certificate.partitions.map(seam => ({
    stream: seam.stream,
    partition: seam.partition,
    by: seam.by,
    historyLast: placeText(seam.historyLast),
    liveFirst: placeText(seam.liveFirst),
    holesExplained: seam.holeOffsets,
    gaps: gapsOf(seam),
    doubled: seam.doubled,
    proven: seam.proven,
    reason: seam.reason,
  }))
}

/** What one side lacks and nothing explains: offsets, or events of the overlap. */
function gapsOf(seam: CertificatePartition): number {
  return seam.by === 'offset' ? seam.gapOffsets : seam.onlyLive + seam.onlyHistory
}

function placeText(position: CertificatePosition | null): string {
  if (position === null) return 'none'
  const time = timeText(Date.parse(position.time))
  return position.offset === null ? time : `${time}, offset ${position.offset}`
}
