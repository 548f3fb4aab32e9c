/** The error of a hand-over that could not be proven (C3). */

import { HindcastError } from '../errors.ts'

/** `reason` names stream and partition. */
export function seamUnproven(reason: string): HindcastError {
  return new HindcastError('seam-unproven', `the hand-over from history to live is not proven: ${reason}`, {
    advice:
      'Read certificate.json (hindcast inspect DIR); run again with --allow-unproven-seam to accept it.',
  })
}
