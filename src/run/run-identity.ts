/**
 * The identity of a run among all that ever write to one topic: made at its first start and kept in its directory, so
 * that every process that goes on with the run is the same run.
 *
 *     sink.json   {"run":"5f0c…"}
 */

import { randomUUID } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { HindcastError } from '../errors.ts'
import { writeDurably } from '../files/index.ts'

/** Of a directory whose run may be new. */
export function ownRunIdentity(directory: string): string {
  const known = runIdentityOf(directory)
  if (known !== null) return known
  const run = randomUUID()
  writeDurably(identityPath(directory), `${JSON.stringify({ run })}\n`)
  return run
}

/** Null where the directory has none: nothing of it was sent to a topic. */
export function runIdentityOf(directory: string): string | null {
  const path = identityPath(directory)
  if (!existsSync(path)) return null
  try {
    const { run } = JSON.parse(readFileSync(path, 'utf8')) as { run?: unknown }
    if (typeof run === 'string' && run !== '') return run
  } catch {
    // fall through: the message below is the same for both
  }
  throw new HindcastError('output-corrupt', 'the identity of the run cannot be read', {
    where: { uri: path },
    advice: 'The run directory is damaged: run into a new directory and another topic.',
  })
}

function identityPath(directory: string): string {
  return join(directory, 'sink.json')
}
