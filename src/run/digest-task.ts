/** One-shot work of `verify`, on a piscina thread: the digest of one sample file. */

import type { Schema } from '../core/batch/index.ts'
import { createDigest } from '../core/digest/index.ts'
import type { ErrorData } from '../errors.ts'
import { HindcastError } from '../errors.ts'
import { FileSystems } from '../files/index.ts'
import type { RemoteAccess } from '../job/index.ts'
import { createSha256 } from '../lanes/index.ts'
import { readSamples } from '../sinks/index.ts'

export interface DigestTask {
  readonly path: string
  /** Columns that the digest covers. */
  readonly fields: Schema
  /** How the file is reached, where it is not local. */
  readonly access: RemoteAccess
}

/** What is in the file, or why it cannot be read. */
export type DigestResult = { readonly rows: number; readonly digest: string } | { readonly error: ErrorData }

export default async function digestFile(task: DigestTask): Promise<DigestResult> {
  const digest = createDigest(task.fields, createSha256)
  let rows = 0
  const files = new FileSystems(task.access)
  try {
    for await (const batch of readSamples(task.path, task.fields, path => files.openNow(path))) {
      digest.add(batch)
      rows += batch.rows
    }
  } catch (error) {
    if (error instanceof HindcastError) return { error: error.toData() }
    throw error
  } finally {
    await files.close()
  }
  return { rows, digest: digest.finish() }
}
