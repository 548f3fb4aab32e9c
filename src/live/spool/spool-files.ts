/**
 * Where the spool of a stream lies, and the segments of its partitions.
 *
 *     FOLDER/0/explained.json                    what the topic said of offsets that files do not have (survey.ts)
 *             /00000000000000001200.spool        frames from offset 1200 on
 *             /00000000000000058000.spool        … and from 58000 on; all but the last are whole and on the disk
 *     FOLDER/1/…
 */

import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { wrapError } from '../../errors.ts'
import { syncDirectory, wrapWriteError } from '../../files/index.ts'

const SEGMENT = /^(\d{20})\.spool$/

export function partitionFolder(folder: string, partition: number): string {
  return join(folder, String(partition))
}

export function segmentPath(folder: string, base: number): string {
  return join(folder, `${String(base).padStart(20, '0')}.spool`)
}

/** First offsets of the segments in the folder of a partition, ascending; none where there is no folder. */
export function listSegments(folder: string): number[] {
  try {
    return readdirSync(folder)
      .flatMap(name => {
        const digits = SEGMENT.exec(name)?.[1]
        return digits === undefined ? [] : [Number(digits)]
      })
      .sort((a, b) => a - b)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw wrapError(error, 'file-unreadable', 'cannot list a spool', { where: { uri: folder } })
  }
}

/** Makes the folder durable, with those above it that are missing. */
export function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true })
    syncDirectory(join(folder, '..'))
  } catch (error) {
    throw wrapWriteError(error, folder)
  }
}
