/** Which live sides a run copies, where to, and how much of that there may be. */

import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { HindcastError } from '../errors.ts'
import { wrapWriteError } from '../files/index.ts'
import { LIMITS } from '../limits.ts'
import type { Plan, StreamPlan } from '../plan/index.ts'

/** Whether the live side of the stream is copied: there must be a history to wait for. */
export function isSpooled({ job }: Pick<Plan, 'job'>, { ordinal, live, files }: StreamPlan): boolean {
  return live !== null && files.length > 0 && job.streams[ordinal]!.live!.spool
}

/** Where the spool of a stream lies. */
export function spoolFolder(directory: string, ordinal: number): string {
  return join(directory, 'spool', String(ordinal))
}

/** What was copied is of no use any more. */
export function removeSpools(directory: string): void {
  const folder = join(directory, 'spool')
  try {
    rmSync(folder, { recursive: true, force: true })
  } catch (error) {
    throw wrapWriteError(error, folder)
  }
}

/** Raises `limit-passed` where all spools of a run have more than `spoolBytesMax`. */
export function checkSpoolBytes(bytes: number, directory: string): void {
  if (bytes <= LIMITS.spoolBytesMax) return
  throw new HindcastError(
    'limit-passed',
    `the copy of the topic has ${bytes} bytes, more than ${LIMITS.spoolBytesMax} (spoolBytesMax)`,
    {
      where: { uri: join(directory, 'spool') },
      advice:
        'Raise `retention.ms` of the topic and leave `spool` out, or replay less history: move `from`, or the seam, to a later time.',
    },
  )
}
